/** The known facts about a machine. Times are in milliseconds since the epoch. */
export interface KnownMachine {
  readonly id: string;
  /**
   * Time when the last document was written, or when it was received if this is later; undefined if no document has a
   * time up to now.
   */
  readonly seen: number | undefined;
  /** Whether the last document states that the agent was shut down normally. */
  readonly isStopped: boolean;
  /** Whether documents have a time in the future. */
  readonly isAhead: boolean;
  /** The content of the last document; undefined if it cannot be read. */
  readonly facts: MachineFacts | undefined;
}

/** The content of a document, validated. `null`: missing or invalid. Durations are in seconds, sizes in bytes. */
export interface MachineFacts {
  readonly time: number;
  readonly hostname: string;
  readonly version: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly started: number | null;
  readonly uptime: number | null;
  readonly sensor: string;
  readonly health: readonly Component[];
  readonly rules: {
    readonly digest: string;
    readonly files: string;
    readonly number: number | null;
    readonly loaded: number | null;
  };
  readonly rate: number | null;
  readonly events: number | null;
  readonly dropped: number | null;
  readonly droppedRecently: number | null;
  readonly lastDropped: number | null;
  readonly lag: number | null;
  readonly outputs: readonly Output[];
  readonly backlog: number | null;
  readonly outputLag: number | null;
  readonly memory: number | null;
  readonly cpu: number | null;
  readonly lastError: string;
  readonly lastErrorTime: number | null;
  readonly lastCanary: number | null;
  readonly lastAlert: number | null;
}

export interface Component {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly since: number | null;
}

export interface Output {
  readonly name: string;
  readonly state: string;
  readonly backlog: number | null;
  readonly lag: number | null;
}
