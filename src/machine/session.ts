/**
 * A user who entered a pod through the API server, according to the audit log. Text is stored as byte strings; "" if
 * missing.
 */
export interface Requester {
  readonly user: string;
  readonly groups: readonly string[];
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Kind of the request: `exec`, `attach` or `debug`. */
  readonly kind: ExecRequestKind;
  /** Audit ID of the request. */
  readonly auditId: string;
}

export type ExecRequestKind = "exec" | "attach" | "debug";

/** Names of a container, its pod and its namespace; "" if unknown. */
export interface PodNames {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/**
 * A process that was started in a container from outside. It shares this object with its descendants. The users who may
 * have started it can become known later.
 */
export interface Session {
  readonly containerId: string;
  /** UID of the pod in the cgroup; "" if missing. */
  readonly podUid: string;
  /** The command that the process runs, with its arguments. */
  readonly command: readonly string[];
  /** Whether the process is the first one of its container. */
  readonly isFirst: boolean;
  /** Start time: milliseconds since the epoch. */
  readonly started: number;
  /** When the session was detected, on the clock of `Sessions`. */
  readonly noticed: number;
  names: PodNames;
  /** Users who may have started the process, each with one request; empty if unknown. */
  requesters: readonly Requester[];
  /**
   * Whether one of these users started the process. False if there are more matching processes than requests, since
   * the process may belong to a user without a request.
   */
  isCertain: boolean;
}
