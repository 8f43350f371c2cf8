import type { MachineState } from "../../output/machine-state.ts";
import type { Delivery } from "../../output/output.ts";

/** Interval between documents, and minimum interval, in milliseconds. */
const INTERVAL = 60_000;
const SHORTEST = 5000;

/** A destination of states, and callbacks. */
export interface PublisherOptions {
  readonly write: (state: MachineState) => Promise<Delivery>;
  /** The current state; undefined if there is none yet. `written` must be called when the state has been written. */
  readonly report: (isStopped: boolean) => { readonly state: MachineState; readonly written: () => void } | undefined;
  /** Called with the reason for the first of several failures. */
  readonly failed: (reason: string) => void;
}

/**
 * Writes the state each minute, and soon after a change. States are not buffered: each request sends the current state.
 * After failures, the interval between attempts increases.
 */
export class Publisher {
  private readonly options: PublisherOptions;
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Number.POSITIVE_INFINITY;
  private sending: Promise<void> | undefined;
  private sentAt = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private hasChanged = false;
  private isClosed = false;

  constructor(options: PublisherOptions) {
    this.options = options;
  }

  /** Writes the state as soon as the minimum interval allows. */
  changed(): void {
    this.hasChanged = true;
    if (this.sending === undefined) this.plan();
  }

  /**
   * Stops writing.
   * @param isStopped whether to write a last document, which states that the agent stops in order
   */
  async close(isStopped: boolean): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.sending;
    if (isStopped && this.sentAt !== Number.NEGATIVE_INFINITY) await this.send(true);
  }

  /** Minimum time between documents, in milliseconds. Increases with each failure. */
  private get shortest(): number {
    return Math.min(INTERVAL, SHORTEST * 2 ** Math.min(this.failures, 10));
  }

  private plan(): void {
    if (this.isClosed) return;
    const wait = this.hasChanged || this.failures > 0 ? this.shortest : INTERVAL;
    const dueAt = Math.max(performance.now(), this.sentAt + wait);
    if (this.timer !== undefined && dueAt >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(() => this.start(), Math.max(0, dueAt - performance.now())).unref();
  }

  private start(): void {
    this.timer = undefined;
    this.sending = this.send(false).finally(() => {
      this.sending = undefined;
      this.plan();
    });
  }

  private async send(isStopped: boolean): Promise<void> {
    this.hasChanged = false;
    this.sentAt = performance.now();
    const report = this.options.report(isStopped);
    if (report === undefined) return;
    const delivery = await this.options.write(report.state);
    if (delivery.outcome === "delivered") {
      this.failures = 0;
      report.written();
      return;
    }
    if (this.failures++ === 0) this.options.failed(delivery.reason);
  }
}
