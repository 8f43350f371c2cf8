import type { Alert } from "../../alert/alert.ts";
import type { Output } from "../output.ts";
import { type AlertSource, type BufferedAlert, pageOf } from "./alert-source.ts";
import { gather } from "./gather.ts";

/** A batch of alerts, with the position after each; undefined for alerts in memory. */
export interface Batch {
  readonly alerts: readonly Alert[];
  readonly reached: readonly (number | undefined)[];
}

/** Maximum number of accepted alerts whose delivery is unconfirmed. */
const MAX_UNSURE = 20_000;
/** Maximum number of stored alert IDs that are skipped in the journal. */
const MAX_SKIPPED = 20_000;

/** Empty source: without a journal, all alerts are in memory. */
const noJournal: AlertSource = { read: () => [], last: () => 0 };

/** The backlog of an output: journal alerts after its position, and alerts that are only in memory. */
export class Backlog {
  /** Alerts in memory, in order. */
  buffered: BufferedAlert[] = [];
  /** Position in the journal; undefined if the output does not read it. */
  seq: number | undefined;
  /** Whether the journal may contain unread alerts. */
  private hasMore = false;
  /**
   * Position of the newest alert when the journal was last read; undefined if there may be newer alerts. When the
   * backlog reaches this position, the journal need not be read to find that there are no more alerts.
   */
  private end: number | undefined;
  private readonly source: AlertSource;
  private readonly output: Output;
  private readonly fromMemory: Set<string>;
  private readonly missing: (alerts: number, reason: "deleted" | "damaged") => void;
  /** Positions of the most recently accepted alerts. */
  private recent: number[] = [];
  /** The sequence number up to which missing alerts have been counted. */
  counted = 0;

  /**
   * @param missing called with the number of alerts that the journal deleted or cannot read
   * @param fromMemory IDs of alerts that the output receives from memory
   */
  constructor(
    output: Output,
    source: AlertSource = noJournal,
    missing: Backlog["missing"] = () => {},
    fromMemory: Set<string> = new Set(),
  ) {
    this.fromMemory = fromMemory;
    this.output = output;
    this.source = source;
    this.missing = missing;
  }

  /** Signals that the journal may contain unread alerts. */
  wake(): void {
    this.hasMore = true;
    this.end = undefined;
  }

  wants(alert: Alert): boolean {
    if (this.isSkipped(alert)) return false;
    return this.output.wants?.(alert) ?? true;
  }

  /** Records an alert that the output receives from memory, so that it is skipped in the journal. */
  skipLater({ id }: Alert): void {
    if (id === undefined) return;
    this.fromMemory.add(id);
    for (const oldest of this.fromMemory) {
      if (this.fromMemory.size <= MAX_SKIPPED) break;
      this.fromMemory.delete(oldest);
    }
  }

  /** Whether the output received a journal alert from memory. */
  private isSkipped(alert: Alert): boolean {
    return this.fromMemory.size > 0 && "seq" in alert && alert.id !== undefined && this.fromMemory.has(alert.id);
  }

  /** Returns up to `size` alerts in order. */
  next(size: number): Batch | undefined {
    const { seq, buffered } = this;
    const [first] = buffered;
    if (first !== undefined && (seq === undefined || first.after <= seq)) {
      const batch = buffered.slice(0, size);
      const end = seq === undefined ? -1 : batch.findIndex(({ after }) => after > seq);
      const alerts = (end < 0 ? batch : batch.slice(0, end)).map(({ alert }) => alert);
      return { alerts, reached: alerts.map(() => undefined) };
    }
    if (seq === undefined || !this.hasMore) return undefined;
    const until = first?.after ?? Number.POSITIVE_INFINITY;
    const { alerts: read, reached, damaged, isLast } = pageOf(this.source, seq, size);
    const stored = read.filter((alert) => alert.seq <= until);
    const [oldest] = read;
    if (oldest === undefined) this.hasMore = false;
    const before = oldest === undefined ? reached : oldest.seq - 1;
    if (before > seq) {
      this.seq = Math.min(before, until);
      this.miss([[seq, this.seq]], damaged);
    }
    this.miss(
      stored.map((alert, i) => [stored[i - 1]?.seq ?? alert.seq, alert.seq - 1]),
      damaged,
    );
    if (stored.length === 0 && until !== Number.POSITIVE_INFINITY) this.seq = Math.max(this.seq ?? 0, until);
    if (stored.length === 0) return first === undefined ? undefined : this.next(size);
    const newest = stored.at(-1)?.seq;
    this.end = isLast && reached === newest ? newest : undefined;
    return { alerts: stored, reached: stored.map((alert) => alert.seq) };
  }

  /** Returns the next batch for an output with an interval. */
  async nextTogether(size: number): Promise<Batch | undefined> {
    const { seq } = this;
    if (seq === undefined || !this.hasMore || this.buffered.length > 0) return this.next(size);
    this.hasMore = false; // `wake` may set it again during the read
    try {
      const { alerts, reached, end } = await gather(
        this.source,
        seq,
        size,
        (alert) => this.wants(alert),
        (missing, damaged) => this.miss(missing, damaged),
      );
      this.hasMore ||= alerts.length > 0;
      if (alerts.length > 0) return { alerts, reached };
      this.seq = Math.max(seq, end);
      return undefined;
    } catch (error) {
      this.hasMore = true;
      throw error;
    }
  }

  /** Removes the first alerts of a batch from the backlog. */
  acknowledge(batch: Batch, done: number): void {
    const reached = batch.reached.slice(0, done);
    if (batch.reached[0] === undefined) this.buffered = this.buffered.slice(done);
    else if (done > 0) this.seq = reached[done - 1];
    if (this.seq !== undefined && this.seq === this.end) this.hasMore = false;
    const alerts = batch.alerts.slice(0, done);
    if (this.output.unconfirmed !== undefined) {
      const wanted = alerts.flatMap((alert, i) => (this.wants(alert) ? (reached[i] ?? []) : []));
      this.recent = [...this.recent, ...wanted].slice(-MAX_UNSURE);
    }
    this.forget(alerts);
  }

  private forget(alerts: readonly Alert[]): void {
    if (this.fromMemory.size === 0) return;
    for (const alert of alerts) if ("seq" in alert && alert.id !== undefined) this.fromMemory.delete(alert.id);
  }

  /** The position to store. It precedes all alerts that may have to be sent again. */
  position(): number | undefined {
    if (this.seq === undefined) return undefined;
    const unsure = this.output.unconfirmed?.() ?? 0;
    const [first = this.seq + 1] = unsure === 0 ? [] : this.recent.slice(-unsure);
    return Math.min(this.seq, first - 1);
  }

  /** Whether the journal contains at least `alerts` alerts after a position. */
  reachesBeyond(seq: number | undefined, alerts: number): boolean {
    return seq !== undefined && this.source.last() - seq >= alerts;
  }

  get length(): number {
    return this.unread + this.buffered.length;
  }

  /** The oldest alert; if the journal cannot be read, the oldest one in memory. */
  get oldest(): Alert | undefined {
    return this.oldestStored ?? this.buffered[0]?.alert;
  }

  private get oldestStored(): Alert | undefined {
    if (this.seq === undefined || this.unread === 0) return undefined;
    try {
      return this.source.read(this.seq, 1)[0];
    } catch {
      return undefined; // the queue reports the error when it reads the next batch
    }
  }

  /** Number of journal alerts after the position. */
  private get unread(): number {
    return this.seq === undefined ? 0 : Math.max(0, this.source.last() - this.seq);
  }

  /**
   * Counts the deleted and the damaged alerts in ranges (start exclusive, end inclusive). Each alert is counted only
   * once.
   */
  private miss(ranges: readonly (readonly [number, number])[], damaged: readonly number[]): void {
    let sum = 0;
    let unreadable = 0;
    for (const [after, to] of ranges) {
      const from = Math.max(after, this.counted);
      if (to <= from) continue;
      const inRange = damaged.filter((seq) => seq > from && seq <= to).length;
      unreadable += inRange;
      sum += to - from - inRange;
      this.counted = to;
    }
    if (sum > 0) this.missing(sum, "deleted");
    if (unreadable > 0) this.missing(unreadable, "damaged");
  }
}
