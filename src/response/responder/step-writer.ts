import type { ActionEntry } from "../../journal/action-entry.ts";
import type { ActionLogWriter } from "../../journal/action-log-writer.ts";

/** Name of the journal cursor that stores the position of responses. */
export const CURSOR = "responses";

/** Delay before a failed read or write is retried, in milliseconds. */
const RETRY_DELAY = 1000;
/** Interval at which the cursor is written if it only moved past alerts without responses, in milliseconds. */
const CURSOR_INTERVAL = 500;

export interface StepWriterOptions {
  /** Opens the action log, and reopens it after a failure. Throws or returns undefined if there is none. */
  openLedger(): ActionLogWriter | undefined;
  /** Called when a read or write fails. Not called again until one has succeeded. */
  failed(error: unknown): void;
  recovered(): void;
  /** Called {@link RETRY_DELAY} after a failure. */
  retry(): void;
  /** Called after each successful write. */
  flushed(): void;
}

/**
 * Writes steps and the cursor of responses to the journal. Operations that depend on a step start after the step is on
 * disk.
 */
export class StepWriter {
  /** Sequence number of the last evaluated alert. */
  position = 0;
  /** The value of {@link position} that is on disk. */
  #written = 0;
  #changed = new Map<number, ActionEntry>();
  #afterwards: (() => void)[] = [];
  #ledger: ActionLogWriter | undefined;
  #isFailing = false;
  #isClosing = false;
  #flushing: NodeJS.Immediate | undefined;
  #retrying: NodeJS.Timeout | undefined;
  #writingCursor: NodeJS.Timeout | undefined;
  readonly #options: StepWriterOptions;

  constructor(options: StepWriterOptions) {
    this.#options = options;
  }

  /**
   * Whether a retry is pending. In the meantime, no alerts are read, because later steps must not be written before a
   * step whose write failed.
   */
  get isRetrying(): boolean {
    return this.#retrying !== undefined;
  }

  /** Whether operations wait for a write. */
  get isPending(): boolean {
    return this.#afterwards.length > 0;
  }

  /**
   * Returns the action log.
   * @throws Error if there is no journal, or SQLite errors
   */
  ledger(): ActionLogWriter {
    this.#ledger ??= this.#options.openLedger();
    if (this.#ledger === undefined) throw new Error("there is no journal");
    return this.#ledger;
  }

  /** Whether responses are paused according to the journal; undefined if it cannot be read. */
  isPaused(): boolean | undefined {
    try {
      this.#ledger ??= this.#options.openLedger();
      return this.#ledger?.switch()?.paused === true;
    } catch {
      this.release(); // the next write reports the cause
      return undefined;
    }
  }

  /** Continues at the stored cursor. If it is 0, no cursor is stored, and evaluation starts at `start`. */
  startAt(stored: number, start: number): void {
    this.#written = stored;
    this.position = stored === 0 ? start : stored;
  }

  /** Adds a step to the next write. Calls `then` once it is on disk. */
  save(step: ActionEntry, then?: () => void): void {
    this.#changed.set(step.id, step);
    if (then !== undefined) this.#afterwards.push(then);
    this.#flushSoon();
  }

  /**
   * Writes the cursor: immediately together with changed steps, or after {@link CURSOR_INTERVAL} if only the cursor
   * moved.
   */
  saveCursor(): void {
    if (this.#changed.size > 0) this.flush();
    else this.succeeded();
    if (this.#changed.size === 0 && this.position !== this.#written) this.#saveCursorLater();
  }

  #saveCursorLater(): void {
    if (this.#isClosing) return;
    this.#writingCursor ??= setTimeout(() => {
      this.#writingCursor = undefined;
      this.flush();
    }, CURSOR_INTERVAL);
  }

  /** Includes the cursor in the next write if it differs from the stored one. */
  saveMovedCursor(): void {
    if (this.#written !== this.position) this.#flushSoon();
  }

  /** Writes all changes in one transaction. */
  flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#changed.size === 0 && this.position === this.#written) return;
    const { position } = this;
    try {
      if (!this.ledger().write([...this.#changed.values()], { name: CURSOR, seq: position })) {
        this.#saveCursorLater();
        return;
      }
    } catch (error) {
      this.failed(error);
      return;
    }
    this.succeeded();
    this.#written = position;
    this.#changed = new Map();
    const ready = this.#afterwards;
    this.#afterwards = [];
    for (const each of ready) each();
    this.#options.flushed();
  }

  /** Reports that the journal could not be read or written, and schedules a retry. */
  failed(error: unknown): void {
    this.release();
    if (!this.#isFailing) this.#options.failed(error);
    this.#isFailing = true;
    if (this.#retrying !== undefined || this.#isClosing) return;
    this.#retrying = setTimeout(() => {
      this.#retrying = undefined;
      this.#options.retry();
    }, RETRY_DELAY);
  }

  /** Reports that the journal can be read and written again. */
  succeeded(): void {
    if (this.#isFailing) this.#options.recovered();
    this.#isFailing = false;
  }

  /** Closes the action log. It is reopened when needed. */
  release(): void {
    try {
      this.#ledger?.close();
    } catch {
      // The connection is broken, but completed writes are on disk.
    }
    this.#ledger = undefined;
  }

  /** Stops retries. Actions that have not started stay `waiting`, and the next process runs them. */
  close(): void {
    this.#isClosing = true;
    clearTimeout(this.#retrying);
    clearTimeout(this.#writingCursor);
    for (const [id, step] of this.#changed)
      if (step.state === "asked") this.#changed.set(id, { ...step, state: "waiting", asked: undefined });
    this.#afterwards = [];
    this.flush();
  }

  #flushSoon(): void {
    this.#flushing ??= setImmediate(() => this.flush());
  }
}
