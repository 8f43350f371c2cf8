/** User who entered a pod through the API server, according to the audit log. Text is byte strings; "" if missing. */
export interface Visitor {
  readonly user: string;
  readonly groups: readonly string[];
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Kind of the request: `exec`, `attach` or `debug`. */
  readonly kind: VisitKind;
  /** Audit id of the request. */
  readonly auditId: string;
}

export type VisitKind = "exec" | "attach" | "debug";

/** Names of a container and its pod; "" if unknown. */
export interface PodNames {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/**
 * A process that was started in a container from outside, and its descendants, which share this object. The visitors may
 * become known later.
 */
export interface Session {
  readonly containerId: string;
  /** The uid of the pod in the cgroup; "" if missing. */
  readonly podUid: string;
  /** The command and its arguments. */
  readonly command: readonly string[];
  /** Whether it is the first process of its container. */
  readonly isFirst: boolean;
  /** Start time: milliseconds since the epoch. */
  readonly started: number;
  /** Time of its detection, on the clock of `Sessions`. */
  readonly noticed: number;
  names: PodNames;
  /** Those who may have started it, each by one request; empty if unknown. */
  visitors: readonly Visitor[];
  /** Whether one of the visitors started it. If more processes than requests fit, it may be a user without a request. */
  isCertain: boolean;
}
