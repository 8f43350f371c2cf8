/** Who came into a pod through the API server, as its audit log tells. Text is byte strings; "" where it is not told. */
export interface Visitor {
  readonly user: string;
  readonly groups: readonly string[];
  readonly sourceIp: string;
  /** By which request: `exec`, `attach` or `debug`. */
  readonly kind: VisitKind;
  /** The id that the audit log has for the request. */
  readonly auditId: string;
}

export type VisitKind = "exec" | "attach" | "debug";

/** What a container and its pod are called; "" what nobody has told. */
export interface PodNames {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/**
 * A process that was started from outside in a container, and all that it starts: they share this. Who is behind it may
 * become known later, for all of them at once.
 */
export interface Session {
  readonly containerId: string;
  /** The uid of the pod, as the cgroup states it; "" where it doesn't. */
  readonly podUid: string;
  /** The program as it was called, and its arguments. */
  readonly command: readonly string[];
  /** Whether it is the first process of its container. */
  readonly isFirst: boolean;
  /** When it began: milliseconds since the epoch. */
  readonly started: number;
  /** When that was heard of, on the clock of `Sessions`. */
  readonly noticed: number;
  names: PodNames;
  visitor: Visitor | undefined;
}
