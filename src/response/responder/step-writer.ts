import type { ActionEntry } from "../../journal/action-entry.ts";
import type { ActionLogWriter } from "../../journal/action-log-writer.ts";

/** Name under which the journal stores the cursor of responses. */
export const CURSOR = "responses";

/** Milliseconds before a failed read or write is retried. */
const RETRY_DELAY = 1000;
/** Milliseconds between two writes of a cursor that moved past alerts without responses. */
const CURSOR_INTERVAL = 500;

export interface StepWriterOptions {
  /** Opens the audit trail, again after each failure. Throws, or returns undefined, if there is none. */
  openLedger(): ActionLogWriter | undefined;
  /** Called when writing fails, once until it succeeds again. */
  failed(error: unknown): void;
  recovered(): void;
  /** Called {@link RETRY_DELAY} after a failure. */
  retry(): void;
  /** Called after each successful write. */
  flushed(): void;
}

/**
 * Writes steps and the cursor of responses to the journal. Work that depends on a step runs once that step is on disk.
 */
export class StepWriter {
  /** Alerts up to this number were evaluated. */
  position = 0;
  /** The part of {@link position} that is on disk. */
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

  /** Whether a retry is pending. Nothing is read until then: a step that cannot be written delays those after it. */
  get isRetrying(): boolean {
    return this.#retrying !== undefined;
  }

  /** Whether a write is pending. */
  get isPending(): boolean {
    return this.#afterwards.length > 0;
  }

  /** The audit trail. @throws Error if there is no journal, or what SQLite throws */
  ledger(): ActionLogWriter {
    this.#ledger ??= this.#options.openLedger();
    if (this.#ledger === undefined) throw new Error("there is no journal");
    return this.#ledger;
  }

  /** Whether the journal's switch pauses responses; undefined if it cannot be read. */
  isPaused(): boolean | undefined {
    try {
      this.#ledger ??= this.#options.openLedger();
      return this.#ledger?.switch()?.paused === true;
    } catch {
      this.release(); // the next write reports the cause
      return undefined;
    }
  }

  /** Continues from a stored cursor; 0 stands for none: `start` is then the position. */
  startAt(stored: number, start: number): void {
    this.#written = stored;
    this.position = stored === 0 ? start : stored;
  }

  /** Writes a step with the next write, and calls `then` once it is on disk. */
  save(step: ActionEntry, then?: () => void): void {
    this.#changed.set(step.id, step);
    if (then !== undefined) this.#afterwards.push(then);
    this.#flushSoon();
  }

  /** Writes the cursor: now with changed steps, or after some time if only the cursor moved. */
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

  /** Writes a cursor that differs from the stored one with the next write. */
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

  /** Reports a failure to read or write the journal, and retries later. */
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

  /** Closes the audit trail; it is opened again when needed. */
  release(): void {
    try {
      this.#ledger?.close();
    } catch {
      // It is broken; everything written is on disk.
    }
    this.#ledger = undefined;
  }

  /** Stops retries. Actions that have not begun stay `waiting`: the next process runs them. */
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
