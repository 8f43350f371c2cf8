import { setTimeout as sleep } from "node:timers/promises";
import type { DeadLetter, OutputRecord, Progress } from "../../journal/output-status.ts";

/** Milliseconds between two writes. */
const INTERVAL = 200;
/** Maximum dead letters waiting to be stored. */
const MAX_DEAD_LETTERS = 5000;

export interface ProgressLogOptions {
  /** Stores progress. @returns whether it is on disk */
  record(progress: Progress): Promise<boolean>;
  /** Changes since the last call. */
  changes(): readonly OutputRecord[];
  /** The last changes could not be stored. */
  notStored(records: readonly OutputRecord[]): void;
}

/** Stores positions of outputs and dead letters, several times a second. */
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

  /** Settles when there is room for more. */
  async add(letters: readonly DeadLetter[]): Promise<void> {
    this.deadLetters.push(...letters);
    while (this.deadLetters.length > MAX_DEAD_LETTERS && !this.isClosing) await this.room.promise;
  }

  /** From now on `add` does not wait. */
  closing(): void {
    this.isClosing = true;
    clearInterval(this.timer);
    this.room.resolve();
  }

  /** @returns whether all changes are on disk */
  write(): Promise<boolean> {
    this.writing = this.writing.then(() => this.store());
    return this.writing;
  }

  /** Writes until all changes are on disk, or this is closing. */
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
