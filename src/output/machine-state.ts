/**
 * The state of an agent, as a document in the data stream `machines` of Elasticsearch and OpenSearch. Times are in ISO
 * 8601, durations in seconds, sizes in bytes. `null`: unknown, or never.
 */
export interface MachineState {
  /** Time of the agent. */
  readonly "@timestamp": string;
  readonly host: {
    readonly name: string;
    readonly architecture: string;
    readonly os: { readonly kernel: string };
  };
  readonly agent: {
    /** ID of the agent, which is unchanged after restarts, and different for each machine. */
    readonly id: string;
    readonly type: "eyas";
    readonly version: string;
  };
  readonly eyas: {
    readonly started: string;
    readonly uptime: number;
    /** Whether this is the last document of an agent that stops in order. */
    readonly stopped: boolean;
    /** State of the component `sensor`; `off` if the kernel is not watched. */
    readonly sensor: string;
    /** States of the components (docs/health.md). */
    readonly health: readonly {
      readonly name: string;
      readonly state: string;
      readonly reason: string;
      readonly since: string;
    }[];
    readonly rules: {
      /** SHA-256 of the texts of the rule files and the names of the enabled rules. */
      readonly digest: string;
      /** Names of the rule files. */
      readonly files: string;
      readonly number: number;
      readonly loaded: string;
    };
    readonly events: {
      /** Evaluated events per second since the previous document. */
      readonly rate: number;
      readonly total: number;
      /** Number of events that the kernel dropped since the agent started. */
      readonly dropped: number;
      /** Number of events that the kernel dropped since the previous document. */
      readonly dropped_recently: number;
      readonly last_dropped: string | null;
      /** Maximum delay between events of a source and their evaluation. */
      readonly lag: number;
    };
    readonly outputs: readonly {
      readonly name: string;
      readonly state: string;
      readonly backlog: number;
      readonly lag: number;
    }[];
    /** Maximum backlog of all outputs. */
    readonly backlog: number;
    readonly output_lag: number;
    /** Resident memory. */
    readonly memory: number;
    /** CPU usage since the previous document, in percent of one CPU. */
    readonly cpu: number;
    /** The last error in the log. */
    readonly last_error: { readonly message: string; readonly time: string } | null;
    /** When the last canary arrived. */
    readonly last_canary: string | null;
    /** Time of the last alert. */
    readonly last_alert: string | null;
  };
}
