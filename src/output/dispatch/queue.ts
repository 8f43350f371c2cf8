import type { Alert } from "../../alert/alert.ts";
import { timeOfIdText } from "../../journal/id-time.ts";
import type { DeadLetter, OutputRecord, OutputStatus } from "../../journal/output-status.ts";
import { timerDelay } from "../../setting/timer.ts";
import type { Output, Rejection } from "../output.ts";
import type { OutputTrouble } from "../state.ts";
import type { AlertSource, BufferedAlert } from "./alert-source.ts";
import { Backlog, type Batch } from "./backlog.ts";
import { batchSize, MAX_BATCH } from "./batch-size.ts";
import { OutputCounter, type OutputCounts } from "./counts.ts";
import { openPause } from "./pause.ts";
import { admitted } from "./reserve.ts";
import { deliverWithRetries, type Outcome } from "./retry.ts";

/** Events of an output queue. */
export interface QueueListener {
  /**
   * A batch is being retried, or the journal cannot be read. `needsFix`: deliveries fail until an administrator fixes
   * the cause.
   */
  failing(reason: string, needsFix: boolean): void;
  /** The receiver has a problem that does not affect delivery. `sentence` describes it. */
  warning(sentence: string): void;
  /** The output has not responded for this many milliseconds. */
  slow?(milliseconds: number): void;
  /** The first delivery of the queue, or the first one after a failure, succeeded. */
  recovered(): void;
  rejected(alerts: number, reason: string): void;
  /** Alerts that will not be delivered to the output. */
  lost(alerts: number, reason: string): void;
  /** Stores dead letters. The queue continues when there is space for more. */
  deadLetters(letters: readonly DeadLetter[]): Promise<void>;
  /** The output is closed and accepts no more alerts. */
  ended(reason: string): void;
}

export interface QueueOptions {
  /** The journal. If absent, alerts are only in memory. */
  readonly source?: AlertSource;
  /**
   * Maximum number of alerts in memory; additional alerts are lost. Severe alerts and alerts for rare rules have a
   * reserve. Infinity if callers wait for {@link OutputQueue.room}.
   */
  readonly limit?: number;
  /** Time without a response after which the output is reported as slow, in milliseconds. 0 or not set: never. */
  readonly slowAfter?: number;
  /** Time after which retries end and a batch is lost, in milliseconds. 0: no retries. Default: unlimited retries. */
  readonly retryFor?: number;
  /** In-memory alerts of the previous queue of this output. This queue starts once that queue has stopped. */
  readonly predecessor?: Promise<readonly BufferedAlert[]> | undefined;
  /** IDs of alerts that the output receives from memory and skips in the journal. */
  readonly fromMemory?: Set<string>;
}

/** Default limit for alerts in memory. */
const LIMIT = 20_000;
/** Time for an output to detect that its connections were closed, in milliseconds. */
const CLOSE_TIMEOUT = 1000;
/** Delay before reading the journal again after an error, in milliseconds. */
const READ_RETRY = 1000;
/** Interval between checks for unconfirmed alerts, in milliseconds. */
const SURE_INTERVAL = 2000;
/**
 * Number of consecutive rejections after which the receiver may be rejecting every alert. A rejected batch is then only
 * split if the receiver accepts one of its alerts.
 */
const MAX_REJECTIONS = 3;

/** Delivers alerts to one output, in order and at its own pace. */
export class OutputQueue {
  readonly output: Output;
  /** Whether the output accepts no more alerts. */
  isEnded = false;
  private readonly listener: QueueListener;
  private readonly options: QueueOptions;
  private readonly backlog: Backlog;
  private readonly tally = new OutputCounter();
  private readonly pause = openPause();
  private readonly size: ReturnType<typeof batchSize>;
  private readonly finished: Promise<void>;
  private readonly givenUp = Promise.withResolvers<void>();
  /** Callers that wait until at most `most` alerts are in memory. */
  private readonly waiters: { readonly most: number; readonly go: () => void }[] = [];
  /** First alert of the batch that is being delivered. */
  private inFlight: Alert | undefined;
  private isFailing = false;
  private isUnreachable = false;
  /** Number of rejected alerts since the last accepted one. */
  private rejections = 0;
  /** Alerts in the backlog that the receiver has already accepted individually. */
  private readonly accepted = new Set<string | Alert>();
  private lastReason: string | undefined;
  /** Time of the next batch for an output with an interval. */
  private nextBatchAt = 0;
  /** Whether an output with an interval waits for its next batch. */
  private isResting = false;
  /** The last stored position, and the time of the next check for unconfirmed alerts. */
  private storedPosition: number | undefined;
  private nextSureCheck = 0;

  constructor(output: Output, listener: QueueListener, options: QueueOptions = {}) {
    this.output = output;
    this.listener = listener;
    this.options = options;
    this.backlog = new Backlog(
      output,
      options.source,
      (alerts, reason) =>
        this.lose(alerts, reason === "damaged" ? "damaged in the journal" : "deleted from the journal before delivery"),
      options.fromMemory,
    );
    const { most = MAX_BATCH } = output;
    const small = output.remote === true && output.interval === undefined;
    this.size = small ? batchSize(most) : batchSize(most, most);
    this.finished = this.run();
  }

  /**
   * Starts reading the journal after a position.
   * @param owed position after which deleted alerts count as lost
   */
  begin(seq: number, status: OutputStatus, owed: number = seq): void {
    this.backlog.seq = seq;
    this.backlog.counted = Math.max(this.backlog.counted, owed);
    this.tally.status = status;
    this.tally.changed = true;
    this.wake();
  }

  /** Signals that the journal may have new alerts. */
  wake(): void {
    this.backlog.wake();
    this.pause.wake();
  }

  /**
   * Signals that the receiver accepted an alert that this queue did not send: the receiver no longer rejects every
   * alert, and a retry is not delayed.
   */
  receiverAccepted(): void {
    if (this.rejections > 0) this.listener.recovered();
    this.rejections = 0;
    this.tally.changed = true;
    if (this.isFailing) this.pause.hurry();
  }

  /** Adds alerts that are not in the journal. */
  add(alerts: readonly BufferedAlert[]): void {
    if (this.isEnded) return;
    const { limit = LIMIT } = this.options;
    const { buffered } = this.backlog;
    const wanted = this.output.wants === undefined ? alerts : alerts.filter(({ alert }) => this.backlog.wants(alert));
    const taken = admitted(wanted, buffered, limit);
    for (const one of taken) {
      buffered.push(one);
      this.backlog.skipLater(one.alert);
    }
    if (taken.length < wanted.length)
      this.lose(wanted.length - taken.length, `${limit.toLocaleString("en")} alerts are already queued in memory`);
    this.wake();
  }

  /** Resolves when at most `most` alerts are in memory or the output has ended. */
  room(most: number): Promise<void> {
    if (this.isEnded || this.backlog.buffered.length <= most) return Promise.resolve();
    const room = new Promise<void>((go) => this.waiters.push({ most, go }));
    if (this.isResting) this.pause.hurry();
    return room;
  }

  /** Position and status if they changed since the last call. */
  progress(): OutputRecord | undefined {
    const sure =
      this.output.unconfirmed === undefined || performance.now() < this.nextSureCheck
        ? undefined
        : this.backlog.position();
    if (!this.tally.changed && (sure === undefined || sure === this.storedPosition)) return undefined;
    this.tally.changed = false;
    this.nextSureCheck = performance.now() + SURE_INTERVAL;
    const now = this.record();
    this.storedPosition = now?.seq;
    return now;
  }

  /** Position and status; undefined if the output does not read the journal. */
  record(): OutputRecord | undefined {
    const seq = this.backlog.position();
    return seq === undefined
      ? undefined
      : { name: this.output.name, seq, status: { ...this.tally.status, ...this.trouble() } };
  }

  private trouble(): OutputTrouble {
    return {
      ...(this.isEnded && { ended: true }),
      ...(this.isFailing && { failing: true }),
      ...(this.isFailing && this.isUnreachable && { unreachable: true }),
      ...(this.rejections > 0 && { rejecting: true }),
    };
  }

  /** Makes the next call of {@link progress} return the same changes again. */
  notStored(): void {
    this.tally.changed = true;
  }

  counts(): OutputCounts {
    const { name, interval } = this.output;
    const { delivered, rejected, lost, retries } = this.tally.counts;
    const waiting = this.backlog.length;
    const oldest = this.inFlight ?? (waiting === 0 ? undefined : this.backlog.oldest);
    return {
      name,
      alerts: delivered + rejected + lost + waiting,
      delivered,
      rejected,
      lost: rejected + lost,
      retries,
      waiting,
      first: oldest && waitingSince(oldest),
      ...(interval !== undefined && { interval }),
      ...this.trouble(),
    };
  }

  /**
   * Stops the queue, even if the output does not respond. Delivers the backlog until the timeout, unless deliveries
   * fail.
   * @param timeout milliseconds; without a timeout, the queue stops once everything in memory is delivered
   * @returns undelivered alerts in memory
   */
  async stop(timeout: number = Number.POSITIVE_INFINITY): Promise<readonly BufferedAlert[]> {
    await this.options.predecessor;
    this.pause.end(timeout);
    if (timeout === Number.POSITIVE_INFINITY) await this.finished;
    else {
      const cut = setTimeout(() => this.output.reopen(), timeout); // aborts the delivery in progress
      const late = setTimeout(this.givenUp.resolve, timeout + CLOSE_TIMEOUT);
      await Promise.race([this.finished, this.givenUp.promise]);
      clearTimeout(cut);
      clearTimeout(late);
    }
    for (const { go } of this.waiters.splice(0)) go();
    return this.backlog.buffered;
  }

  /** Counts the alerts that a stopped queue left in memory as lost, except alerts that are in the journal. */
  loseRest(reason: string): void {
    const newest = this.options.source?.last() ?? 0;
    const { length } = this.backlog.buffered.filter(({ alert, after }) => alert.id === undefined || after >= newest);
    this.backlog.buffered = [];
    if (length > 0) this.lose(length, this.lastReason ?? reason);
  }

  private lose(alerts: number, reason: string): void {
    this.tally.add("lost", alerts);
    this.listener.lost(alerts, reason);
  }

  private async run(): Promise<void> {
    const { predecessor } = this.options;
    if (predecessor !== undefined) this.backlog.buffered.unshift(...(await predecessor));
    while (!this.isEnded && !this.pause.over) {
      const rest = this.nextBatchAt - performance.now();
      if (rest > 0 && !this.pause.ending && this.waiters.length === 0) {
        this.isResting = true;
        await this.pause.wait(rest);
        this.isResting = false;
        continue;
      }
      const batch = await this.nextBatch();
      if (batch === "unreadable" && this.pause.ending) return;
      if (batch === "unreadable") await this.pause.wait(READ_RETRY);
      else if (batch !== undefined) {
        const isStuck = !(await this.deliverBatch(batch));
        if (this.pause.ending && isStuck) return;
      } else if (this.pause.ending) return;
      else await this.pause.wait(undefined);
    }
  }

  private async nextBatch(): Promise<Batch | "unreadable" | undefined> {
    const { backlog, size, tally } = this;
    const before = backlog.seq;
    try {
      return this.output.interval === undefined ? backlog.next(size.now) : await backlog.nextTogether(size.now);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.listener.failing(`cannot read the journal: ${reason}`, false);
      return "unreadable";
    } finally {
      if (backlog.seq !== before) tally.changed = true;
    }
  }

  /** @returns whether any alert of the batch was delivered or rejected */
  private async deliverBatch(batch: Batch): Promise<boolean> {
    const { backlog, size } = this;
    const { interval } = this.output;
    const { delivered } = this.tally.counts;
    const isWhole = batch.alerts.length >= size.now;
    const done = await this.deliver(batch);
    if (done > 0) backlog.acknowledge(batch, done);
    if (interval !== undefined && this.tally.counts.delivered > delivered && !isWhole)
      this.nextBatchAt = performance.now() + interval;
    this.tally.changed = true;
    this.letGo();
    return done > 0;
  }

  /** Resumes callers that wait for room. */
  private letGo(): void {
    const { length } = this.backlog.buffered;
    for (const waiter of this.waiters.splice(0))
      if (this.isEnded || length <= waiter.most) waiter.go();
      else this.waiters.push(waiter);
  }

  /** @returns the number of leading alerts of the batch that were delivered or rejected */
  private async deliver(batch: Batch): Promise<number> {
    const { alerts } = batch;
    const wanted = alerts.filter((alert) => this.backlog.wants(alert));
    const sent = wanted.filter((alert) => !this.accepted.has(keyOf(alert)));
    if (sent.length === 0) {
      await this.settle([], wanted);
      return alerts.length;
    }
    [this.inFlight] = wanted;
    const began = performance.now();
    const { retries } = this.tally.counts;
    const outcome = await this.withTimeout(this.attempt(sent, batch.reached.at(-1)));
    const took = performance.now() - began;
    for (const sentence of this.output.warnings?.() ?? []) this.listener.warning(sentence);
    this.inFlight = undefined;
    const { rejected, left, reason = "" } = outcome;
    this.lastReason = left.length > 0 ? reason : undefined;
    if (this.output.name === "stdout" && rejected.length > 0) {
      this.end(reason);
      return 0;
    }
    const isGivenUp = this.options.retryFor !== undefined && left.length > 0 && !this.pause.over;
    const undecided = left.length > 0 && !isGivenUp ? left[0] : await this.undecided(sent, rejected);
    const done = undecided === undefined ? alerts.length : alerts.indexOf(undecided);
    const decided = done === alerts.length ? undefined : new Set(alerts.slice(0, done)); // undefined: all
    const isDecided = (alert: Alert): boolean => decided?.has(alert) ?? true;
    const lost = new Set(isGivenUp ? left.filter(isDecided) : []);
    await this.settle(
      rejected.filter(({ alert }) => isDecided(alert)),
      wanted.filter((one) => isDecided(one) && !lost.has(one)),
    );
    if (lost.size > 0) this.lose(lost.size, reason);
    // after a single rejection, batches stay small, unless the receiver rejects every alert
    const mayGrow = rejected.length < sent.length || this.rejections >= MAX_REJECTIONS;
    if (this.tally.counts.retries === retries && undecided === undefined && mayGrow)
      this.size.took(took, alerts.length);
    return done;
  }

  /** Reports a delivery that has not responded within `slowAfter`. */
  private async withTimeout<Result>(delivery: Promise<Result>): Promise<Result> {
    const { slowAfter = 0 } = this.options;
    if (slowAfter === 0) return delivery;
    const report = (): unknown => this.isFailing || this.listener.slow?.(slowAfter);
    const timer = setTimeout(report, timerDelay(slowAfter)).unref();
    try {
      return await delivery;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Delivers alerts with retries as configured in the options. */
  private attempt(alerts: readonly Alert[], last: number | undefined): Promise<Outcome> {
    const { retryFor } = this.options;
    if (retryFor === 0) return deliverWithRetries(this.output, alerts, () => Promise.resolve(false));
    const end = performance.now() + (retryFor ?? Number.POSITIVE_INFINITY);
    let needsFix = false;
    // the delivery of more alerts may show whether the receiver or an alert is the cause
    const hasMore = (): boolean => this.backlog.reachesBeyond(last, alerts.length) && alerts.length < this.size.now;
    const wait = async (milliseconds: number): Promise<boolean> => {
      if (retryFor !== undefined && (needsFix || performance.now() >= end)) return false;
      const within = Math.min(milliseconds, Math.ceil(end - performance.now()));
      return (await this.backoff(within)) && !hasMore();
    };
    return deliverWithRetries(this.output, alerts, wait, ({ reason, persistent = false, unreachable = false }) => {
      needsFix = persistent;
      this.isFailing = true;
      this.isUnreachable = unreachable;
      this.tally.add("retries", 1);
      this.tally.failed(reason);
      this.listener.failing(reason, persistent);
    });
  }

  private backoff(milliseconds: number): Promise<boolean> {
    this.tally.retryIn(milliseconds);
    const [first] = this.backlog.buffered;
    const isStored = first === undefined || (this.backlog.seq !== undefined && first.after > this.backlog.seq);
    if (this.pause.ending && isStored) return Promise.resolve(false); // the alerts stay in the journal
    return this.pause.wait(milliseconds);
  }

  private end(reason: string): void {
    this.isEnded = true;
    this.tally.add("lost", this.backlog.buffered.length);
    this.backlog.buffered = [];
    this.listener.ended(reason);
  }

  /**
   * Handles the rejection of a batch. A receiver may reject a request because of a single alert or because of its size,
   * so the alerts are sent again in smaller batches until alerts are rejected individually. If the receiver may be
   * rejecting every alert, the batch is split only after the receiver accepts one of its alerts.
   * @returns the first alert to send again
   */
  private async undecided(sent: readonly Alert[], rejected: readonly Rejection[]): Promise<Alert | undefined> {
    if (rejected.length === 0) return undefined;
    const alerts = new Set(rejected.map(({ alert }) => alert));
    const batch = sent.slice(sent.findLastIndex((alert) => !alerts.has(alert)) + 1);
    if (batch.length < 2) return undefined;
    if (this.rejections >= MAX_REJECTIONS && (await this.isRejectingAll(batch))) return undefined;
    this.size.shrink(batch.length);
    return batch[0];
  }

  /**
   * Whether the receiver individually rejects the last, the middle and the first alert of a rejected batch. Stops at
   * the first alert that the receiver accepts; this alert is not sent again.
   */
  private async isRejectingAll(batch: readonly Alert[]): Promise<boolean> {
    for (const at of new Set([batch.length - 1, batch.length >> 1, 0])) {
      const sample = batch.slice(at, at + 1);
      const delivery = await this.withTimeout(this.output.deliver(sample));
      if (delivery.outcome === "delivered") {
        this.rejections = 0;
        for (const alert of sample) this.accepted.add(keyOf(alert));
      }
      const isRejected = delivery.outcome === "partly" ? delivery.rejected.length > 0 : delivery.outcome === "rejected";
      if (!isRejected) return false;
    }
    return true;
  }

  /** @param decided the alerts that were delivered or rejected */
  private async settle(rejected: readonly Rejection[], decided: readonly Alert[]): Promise<void> {
    const arrived = decided.length - rejected.length;
    this.rejections = arrived > 0 ? 0 : this.rejections + rejected.length;
    if (this.accepted.size > 0) for (const alert of decided) this.accepted.delete(keyOf(alert));
    if (arrived > 0) {
      // the previous queue of the output may have reported a failure
      if (this.isFailing || this.tally.counts.delivered === 0) this.listener.recovered();
      this.tally.add("delivered", arrived);
      this.isFailing = false;
    }
    if (decided.length > 0) this.tally.retryIn(undefined);
    const last = rejected.at(-1);
    if (last === undefined) return;
    const { reason } = last;
    this.tally.add("rejected", rejected.length);
    this.tally.failed(reason);
    this.listener.rejected(rejected.length, reason);
    const letters = rejected.flatMap(({ alert, reason }): DeadLetter[] =>
      "seq" in alert && typeof alert.seq === "number"
        ? [{ output: this.output.name, seq: alert.seq, time: Date.now(), reason }]
        : [],
    );
    if (letters.length > 0) await this.listener.deadLetters(letters);
  }
}

/** Time when an alert became ready for delivery, in nanoseconds since the epoch. */
function waitingSince(alert: Alert): bigint {
  return alert.id === undefined ? alert.time : BigInt(timeOfIdText(alert.id)) * 1_000_000n;
}

/** Identifies an alert of the backlog. Each read of the journal creates other objects. */
function keyOf(alert: Alert): string | Alert {
  return alert.id ?? alert;
}
