import { noDeliveries, type OutputRecord, type OutputStatus, totalsOf } from "../../journal/output-status.ts";
import type { JournalSource } from "./journal-source.ts";

export interface PositionOptions {
  readonly source: JournalSource;
  /** Starting point of outputs that are not yet known in the journal. */
  readonly newOutputs: "now" | "oldest";
  /** Outputs that always start with new alerts. */
  readonly presentOnly: ReadonlySet<string>;
}

/** Starting point of an output in the journal. */
export interface Start {
  readonly seq: number;
  readonly status: OutputStatus;
  /** Size of the backlog at the position `seq`; 0 if the output is new. */
  readonly backlog: number;
  /**
   * Position after which deleted alerts count as lost. Deleted alerts before this position were not for this output.
   */
  readonly owed: number;
}

/** Positions of outputs in the journal, including removed outputs. */
export class Positions {
  private readonly options: PositionOptions;
  private readonly known = new Map<string, OutputRecord>();
  private readonly oldest: number;
  private newest: number;
  /** Newest alert when a queue last stopped. The queue may have delivered alerts after {@link newest}. */
  private latest: number;
  private removed: OutputRecord[] = [];

  /**
   * @param newest sequence number of the last alert from before this process started
   * @throws Error if the journal cannot be read
   */
  constructor(options: PositionOptions, newest: number) {
    this.options = options;
    this.newest = newest;
    this.latest = newest;
    for (const record of options.source.outputs()) this.known.set(record.name, record);
    this.oldest = options.source.first();
  }

  /** Sets the starting point of new outputs to the current newest alert. */
  renew(): void {
    this.newest = this.options.source.last();
    this.latest = this.newest;
  }

  startOf(name: string): Start {
    const { newOutputs } = this.options;
    const before = this.known.get(name);
    if (before === undefined)
      return {
        seq: newOutputs === "now" ? this.newest : Math.max(0, this.oldest - 1),
        status: noDeliveries,
        backlog: 0,
        owed: this.newest,
      };
    const seq = this.continued(before);
    return { seq, status: totalsOf(before.status), backlog: Math.max(0, this.newest - seq), owed: seq };
  }

  /** Returns the position at which a known output continues. */
  private continued({ name, seq, status: { gone } }: OutputRecord): number {
    const { newest, latest } = this;
    if (seq > newest) return seq <= latest ? seq : newest; // a position after `latest` is from another journal
    // an output that was removed without a backlog does not get the alerts since its removal
    const hadAll = gone !== undefined && seq >= gone;
    return hadAll || this.options.presentOnly.has(name) ? newest : seq;
  }

  stopped(record: OutputRecord): void {
    this.known.set(record.name, record);
    this.latest = this.options.source.last();
  }

  /** Marks all outputs that are not in the set as removed. */
  keepOnly(names: { has(name: string): boolean }): void {
    for (const [name, record] of this.known) {
      if (names.has(name) || record.status.gone !== undefined) continue;
      const removed = { ...record, status: { ...record.status, gone: this.newest } };
      this.known.set(name, removed);
      this.removed.push(removed);
    }
  }

  /** Returns the records of outputs removed since the last call. */
  takeRemoved(): OutputRecord[] {
    return this.removed.splice(0);
  }

  /** Queues the record of a removed output for the next {@link takeRemoved}. */
  notStored(record: OutputRecord): void {
    this.removed.push(record);
  }
}
