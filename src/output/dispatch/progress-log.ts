import { setTimeout as sleep } from "node:timers/promises";
import type { DeadLetter, OutputRecord, Progress } from "../../journal/output-status.ts";

/** Interval between writes in milliseconds. */
const INTERVAL = 200;
/** Maximum number of dead letters that wait to be stored. */
const MAX_DEAD_LETTERS = 5000;

export interface ProgressLogOptions {
  /**
   * Stores progress.
   * @returns whether it was written to disk
   */
  record(progress: Progress): Promise<boolean>;
  /** Returns the changes since the last call. */
  changes(): readonly OutputRecord[];
  /** Reports that the last changes could not be stored. */
  notStored(records: readonly OutputRecord[]): void;
}

/** Stores dead letters and the positions of outputs several times per second. */
export class ProgressLog {
  private readonly options: ProgressLogOptions;
  private readonly timer = setInterval(() => void this.write(), INTERVAL);
  private deadLetters: DeadLetter[] = [];
  private room = Promise.withResolvers<void>();
  private writing: Promise<boolean> = Promise.resolve(true);
  private isClosing = false;

  constructor(options: ProgressLogOptions) {
    this.options = options;
  }

  /** Adds dead letters. Resolves when there is space for more. */
  async add(letters: readonly DeadLetter[]): Promise<void> {
    this.deadLetters.push(...letters);
    while (this.deadLetters.length > MAX_DEAD_LETTERS && !this.isClosing) await this.room.promise;
  }

  /** Makes subsequent calls of `add` return without waiting. */
  closing(): void {
    this.isClosing = true;
    clearInterval(this.timer);
    this.room.resolve();
  }

  /** @returns whether all changes were written to disk */
  write(): Promise<boolean> {
    this.writing = this.writing.then(() => this.store());
    return this.writing;
  }

  /** Writes until all changes are on disk or the log is closing. */
  async stored(): Promise<void> {
    while (!(await this.write()) && !this.isClosing) await sleep(INTERVAL);
  }

  private async store(): Promise<boolean> {
    const outputs = this.options.changes();
    const dead = this.deadLetters;
    if (outputs.length === 0 && dead.length === 0) return true;
    this.deadLetters = [];
    if (await this.options.record({ outputs, dead })) {
      this.room.resolve();
      this.room = Promise.withResolvers();
      return true;
    }
    this.deadLetters = [...dead, ...this.deadLetters];
    this.options.notStored(outputs);
    return false;
  }
}
