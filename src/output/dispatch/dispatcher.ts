import type { Alert, AlertOptions } from "../../alert/alert.ts";
import type { OutputRecord, Progress } from "../../journal/output-status.ts";
import type { Output } from "../output.ts";
import type { BufferedAlert } from "./alert-source.ts";
import { type OutputCounts, sumOf, withoutBacklog } from "./counts.ts";
import type { QueueSettings } from "./keys.ts";
import { type PositionOptions, Positions } from "./positions.ts";
import { ProgressLog } from "./progress-log.ts";
import { OutputQueue, type QueueOptions } from "./queue.ts";
import { type DeliveryEvent, DeliveryReports } from "./reports.ts";

/** Access to the journal for the dispatcher. */
export interface JournalAccess extends PositionOptions {
  /**
   * Stores positions and dead letters.
   * @returns whether they were written to disk
   */
  record(progress: Progress): Promise<boolean>;
}

export interface DispatcherOptions {
  /** The journal. If absent, alerts are delivered from memory. */
  readonly journal?: JournalAccess;
  /**
   * The outputs that `add` waits for. Deliveries to these outputs are retried for a limited time if the output is
   * remote, and not at all otherwise; the alerts are then lost.
   * - `none`: does not wait; alerts above the queue limit are lost.
   * - `local`: waits for all outputs except remote ones.
   * - `all`: waits for remote outputs too, as in a replay.
   */
  readonly waitFor: "none" | "local" | "all";
  /** Settings of the queues. Default: the default settings. */
  readonly queues?: QueueSettings;
  report(event: DeliveryEvent): void;
  /** Called when no output accepts alerts any longer. */
  ended(): void;
}

/** Timeout for delivering the backlog on close, in milliseconds. */
const CLOSE_TIMEOUT = 5000;
/** Timeout for a running delivery when another queue takes over, in milliseconds. */
const HANDOVER_TIMEOUT = 1000;
/** Maximum time to retry a delivery to a remote output if `add` waits for it, in milliseconds. */
const RETRY_FOR = 60_000;
/** Maximum number of alerts in memory for a remote output if `add` waits for their delivery. */
const BACKPRESSURE = 1000;

/** Delivers alerts to outputs. Each output has its own position and proceeds at its own pace. */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly reports: DeliveryReports;
  private readonly log: ProgressLog | undefined;
  private settings: QueueSettings | undefined;
  private queues: ReadonlyMap<string, OutputQueue> = new Map();
  /** Queues that are stopping. Their alerts in memory go to the next queue of the same output. */
  private readonly stopping = new Map<OutputQueue, Promise<readonly BufferedAlert[]>>();
  private positions: Positions | undefined;
  /** IDs of alerts that outputs received from memory and skip in the journal, by output name. */
  private readonly fromMemory = new Map<string, Set<string>>();
  /** Counts of stopped queues. */
  private readonly past = new Map<string, OutputCounts>();
  private closed: Promise<void> | undefined;

  constructor(outputs: readonly Output[], options: DispatcherOptions) {
    this.options = options;
    this.reports = new DeliveryReports((event) => options.report(event));
    const { journal } = options;
    this.settings = options.queues;
    this.log =
      journal &&
      new ProgressLog({
        record: (progress) => journal.record(progress),
        changes: () => this.changes(),
        notStored: (records) => this.notStored(records),
      });
    this.queues = new Map(outputs.map((output) => [output.name, this.openQueue(output, undefined)]));
  }

  /**
   * Starts reading the journal.
   * @param newest sequence number of the last alert from before this process started
   * @throws Error if the journal cannot be read
   */
  opened(newest: number): void {
    const { journal } = this.options;
    if (journal === undefined || this.positions !== undefined) return;
    this.positions = new Positions(journal, newest);
    for (const queue of this.queues.values()) if (this.predecessorOf(queue) === undefined) this.begin(queue);
    this.positions.keepOnly(this.queues);
  }

  /**
   * Resolves once the position of each output that reads the journal is on disk. No alert may be acknowledged earlier,
   * because an output without a stored position may start at the newest alert after a restart.
   */
  async stored(): Promise<void> {
    await this.log?.stored();
  }

  /** Signals new alerts in the journal. */
  wake(): void {
    for (const queue of this.queues.values()) queue.wake();
  }

  /**
   * Delivers alerts that are not in the journal. Resolves once the outputs selected by `waitFor` have delivered or lost
   * the alerts, or, for remote outputs, have few enough alerts in memory. If the journal later contains an alert with
   * the same ID, the outputs skip it.
   * @param after sequence number of the journal alert that precedes the alerts; undefined: the newest alert
   */
  async add(alerts: readonly Alert[], after: number = this.newest()): Promise<void> {
    const buffered = alerts.map((alert) => ({ alert, after }));
    const queues = [...this.queues.values()];
    for (const queue of queues) queue.add(buffered);
    await Promise.all(
      queues
        .filter(({ output }) => this.isAwaited(output))
        .map((queue) => queue.room(queue.output.remote ? BACKPRESSURE : 0)),
    );
  }

  private newest(): number {
    return this.positions === undefined ? 0 : (this.options.journal?.source.last() ?? 0);
  }

  /**
   * Replaces the outputs. Outputs with the same name continue at their position.
   * @param format formats alerts of the journal from now on
   * @param settings settings of the new queues
   * @returns resolves once the previous outputs are closed
   */
  async replace(
    outputs: readonly Output[],
    format?: Omit<AlertOptions, "hostname">,
    settings?: QueueSettings,
  ): Promise<void> {
    this.settings = settings;
    const { journal } = this.options;
    if (format !== undefined) journal?.source.format(format);
    const before = [...this.queues.values()];
    const names = new Set(outputs.map(({ name }) => name));
    for (const queue of before) {
      const timeout = names.has(queue.output.name) ? HANDOVER_TIMEOUT : CLOSE_TIMEOUT;
      this.stopping.set(queue, this.stop(queue, timeout));
    }
    this.positions?.renew();
    const next = outputs.map((output) => this.openQueue(output, this.predecessorWith(output.name)));
    this.queues = new Map(next.map((queue) => [queue.output.name, queue]));
    for (const queue of next) {
      const predecessor = this.predecessorOf(queue);
      if (predecessor === undefined) this.begin(queue);
      else void predecessor.then(() => this.begin(queue));
    }
    await Promise.all(before.map((queue) => this.stopping.get(queue)));
    await this.log?.write();
  }

  /** Reopens the files and connections of all outputs. */
  reopen(): void {
    for (const { output } of this.queues.values()) output.reopen();
  }

  /** Signals that the receiver of an output accepted an alert that the dispatcher did not send. */
  accepted(output: string): void {
    this.queues.get(output)?.receiverAccepted();
  }

  counts(): readonly OutputCounts[] {
    const running = [...this.stopping.keys(), ...this.queues.values()].map((queue) => queue.counts());
    const names = [...this.queues.keys(), ...this.past.keys(), ...running.map(({ name }) => name)];
    return [...new Set(names)].map((name) => {
      const past = this.past.get(name);
      const counts = sumOf([...(past === undefined ? [] : [past]), ...running.filter((one) => one.name === name)]);
      return this.queues.has(name) ? counts : { ...counts, removed: true };
    });
  }

  /**
   * Delivers the backlog, stores positions and closes the outputs.
   * @param timeout milliseconds for the backlog; `Infinity` waits until each alert in memory is delivered or lost
   */
  close(timeout: number = CLOSE_TIMEOUT): Promise<void> {
    this.closed ??= this.closeNow(timeout);
    return this.closed;
  }

  private async closeNow(timeout: number): Promise<void> {
    this.log?.closing();
    await Promise.all(
      [...this.queues.values()].map(async (queue) => {
        await queue.stop(timeout);
        queue.loseRest("the shutdown timeout was reached");
        await queue.output.close();
        queue.notStored();
      }),
    );
    await Promise.all(this.stopping.values());
    await this.log?.write();
    this.reports.flush();
  }

  private openQueue(output: Output, predecessor: QueueOptions["predecessor"]): OutputQueue {
    const { name } = output;
    const isAwaited = this.isAwaited(output);
    const fromMemory = this.fromMemory.get(name) ?? new Set();
    this.fromMemory.set(name, fromMemory);
    const queue: OutputQueue = new OutputQueue(
      output,
      {
        ...this.reports.of(name),
        deadLetters: async (letters) => this.log?.add(letters),
        ended: (reason) => {
          this.options.report({ kind: "ended", output: name, reason });
          if ([...this.queues.values()].every((one) => one.isEnded)) this.options.ended();
        },
      },
      {
        ...(this.options.journal && { source: this.options.journal.source }),
        ...(this.settings && { slowAfter: this.settings.output_timeout }),
        ...(this.settings &&
          this.settings.outputs_queue.capacity > 0 && { limit: this.settings.outputs_queue.capacity }),
        ...(isAwaited && { limit: Number.POSITIVE_INFINITY, retryFor: output.remote ? RETRY_FOR : 0 }),
        ...{ predecessor, fromMemory },
      },
    );
    return queue;
  }

  private isAwaited({ remote }: Output): boolean {
    const { waitFor } = this.options;
    return waitFor === "all" || (waitFor === "local" && remote !== true);
  }

  /** Starts a queue at the position of its output in the journal. */
  private begin(queue: OutputQueue): void {
    const { name } = queue.output;
    if (this.positions === undefined || this.queues.get(name) !== queue) return;
    const { seq, status, backlog, owed } = this.positions.startOf(name);
    queue.begin(seq, status, owed);
    if (backlog > 0) this.options.report({ kind: "backlog", output: name, alerts: backlog });
  }

  /**
   * Stops a queue.
   * @returns the alerts in memory, for the next queue of the output
   */
  private async stop(queue: OutputQueue, timeout: number): Promise<readonly BufferedAlert[]> {
    const { name } = queue.output;
    const left = await queue.stop(timeout);
    await queue.output.close();
    const isRemoved = !this.queues.has(name);
    if (isRemoved) queue.loseRest("the output was removed");
    if (isRemoved) this.fromMemory.delete(name);
    const record = queue.record();
    if (record !== undefined) this.positions?.stopped(record);
    if (isRemoved) this.positions?.keepOnly(this.queues);
    this.stopping.delete(queue);
    const past = this.past.get(name);
    const counts = withoutBacklog(queue.counts());
    this.past.set(name, past === undefined ? counts : sumOf([past, counts]));
    return isRemoved ? [] : left;
  }

  private predecessorOf(queue: OutputQueue): Promise<readonly BufferedAlert[]> | undefined {
    return this.predecessorWith(queue.output.name);
  }

  /**
   * Alerts in memory of the most recently stopped queue of an output; undefined if no queue of the output is stopping.
   */
  private predecessorWith(name: string): Promise<readonly BufferedAlert[]> | undefined {
    return [...this.stopping].findLast(([{ output }]) => output.name === name)?.[1];
  }

  private changes(): OutputRecord[] {
    const removed = this.positions?.takeRemoved() ?? [];
    return [...removed, ...[...this.queues.values()].flatMap((queue) => queue.progress() ?? [])];
  }

  private notStored(records: readonly OutputRecord[]): void {
    for (const record of records) {
      if (record.status.gone !== undefined) this.positions?.notStored(record);
      this.queues.get(record.name)?.notStored();
    }
  }
}
