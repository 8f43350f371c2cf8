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

/** The journal as the dispatcher uses it. */
export interface JournalAccess extends PositionOptions {
  /** Stores positions and dead letters. @returns whether they are on disk */
  record(progress: Progress): Promise<boolean>;
}

export interface DispatcherOptions {
  /** The journal; without one alerts are delivered from memory. */
  readonly journal?: JournalAccess;
  /**
   * The outputs that `add` waits for. `none`: beyond a limit alerts are lost. `local`: outputs that are not remote. `all`: remote
   * ones too, as in a replay. Alerts of an output that is waited for are lost instead of retried forever.
   */
  readonly waitFor: "none" | "local" | "all";
  /** Settings of the queues; defaults if absent. */
  readonly queues?: QueueSettings;
  report(event: DeliveryEvent): void;
  /** No output accepts alerts any more. */
  ended(): void;
}

/** Milliseconds to deliver the backlog at the end. */
const CLOSE_TIMEOUT = 5000;
/** Milliseconds for a running delivery when another queue takes over. */
const HANDOVER_TIMEOUT = 1000;
/** Milliseconds of retries for a remote output that is waited for. */
const RETRY_FOR = 60_000;
/** Alerts that a remote output that is waited for may have in memory. */
const BACKPRESSURE = 1000;

/** Delivers alerts to outputs, each from its own position at its own pace. */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly reports: DeliveryReports;
  private readonly log: ProgressLog | undefined;
  private settings: QueueSettings | undefined;
  private queues: ReadonlyMap<string, OutputQueue> = new Map();
  /** Stopping queues; the next queue of the same output gets their alerts in memory. */
  private readonly stopping = new Map<OutputQueue, Promise<readonly BufferedAlert[]>>();
  private positions: Positions | undefined;
  /** IDs of alerts that outputs received from memory, by the name of the output. */
  private readonly fromMemory = new Map<string, Set<string>>();
  /** Counts of queues that have stopped. */
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
   * Starts to read the journal, which this process writes.
   * @param newest the newest alert before those of this process
   * @throws errors of the journal
   */
  opened(newest: number): void {
    const { journal } = this.options;
    if (journal === undefined || this.positions !== undefined) return;
    this.positions = new Positions(journal, newest);
    for (const queue of this.queues.values()) if (this.predecessorOf(queue) === undefined) this.begin(queue);
    this.positions.keepOnly(this.queues);
  }

  /**
   * Settles when the position of each output that reads the journal is on disk. An output without one would start at the
   * newest alert after a restart: no alert may be acknowledged before this.
   */
  async stored(): Promise<void> {
    await this.log?.stored();
  }

  /** The journal has new alerts. */
  wake(): void {
    for (const queue of this.queues.values()) queue.wake();
  }

  /**
   * Delivers alerts that are not in the journal. Settles when the outputs selected by `waitFor` have them. Outputs skip those
   * with an ID if the journal has them later.
   * @param after sequence number of the newest alert before them; undefined: the newest in the journal
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
   * Switches to other outputs; each continues at the position of the output with its name.
   * @param format formats alerts of the journal from now on
   * @param settings those of the next queues
   * @returns settles when the previous outputs are closed
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

  /** Reopens files and connections. */
  reopen(): void {
    for (const { output } of this.queues.values()) output.reopen();
  }

  counts(): readonly OutputCounts[] {
    const running = [...this.stopping.keys(), ...this.queues.values()].map((queue) => queue.counts());
    const names = [...this.queues.keys(), ...this.past.keys(), ...running.map(({ name }) => name)];
    return [...new Set(names)].map((name) => {
      const past = this.past.get(name);
      return sumOf([...(past === undefined ? [] : [past]), ...running.filter((one) => one.name === name)]);
    });
  }

  /**
   * Delivers the backlog, stores positions and closes the outputs.
   * @param timeout milliseconds for it; `Infinity`: until everything in memory is delivered or lost
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
        queue.loseRest("no time was left");
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

  /** Lets a queue read the journal from the position of its output. */
  private begin(queue: OutputQueue): void {
    const { name } = queue.output;
    if (this.positions === undefined || this.queues.get(name) !== queue) return;
    const { seq, status, backlog, owed } = this.positions.startOf(name);
    queue.begin(seq, status, owed);
    if (backlog > 0) this.options.report({ kind: "backlog", output: name, alerts: backlog });
  }

  /** @returns the alerts left in memory for the next queue of the output */
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

  /** The queue of an output that stops last. */
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
