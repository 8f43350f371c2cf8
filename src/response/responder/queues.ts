/** A queue per action: some of its runs are in progress, the others wait until those end. */
interface Queue {
  running: number;
  readonly waiting: (() => void)[];
}

/** Bounds how many runs of one action are in progress at once. */
export class ActionQueues {
  readonly #queues = new Map<string, Queue>();

  /** Whether a run of an action may start now. */
  hasRoom(action: string, concurrency: number): boolean {
    return this.#queueOf(action).running < concurrency;
  }

  /** Counts a run that starts. */
  started(action: string): void {
    this.#queueOf(action).running++;
  }

  /** Queues a run; `start` is called once there is room. */
  enqueue(action: string, start: () => void): void {
    this.#queueOf(action).waiting.push(start);
  }

  /** Counts a run that has ended. */
  ended(action: string): void {
    this.#queueOf(action).running--;
  }

  /** Starts queued runs of an action as long as there is room. */
  next(action: string, concurrency: number): void {
    const queue = this.#queueOf(action);
    while (queue.running < concurrency && queue.waiting.length > 0) queue.waiting.shift()?.();
  }

  counts(): { readonly running: number; readonly waiting: number } {
    const queues = [...this.#queues.values()];
    return {
      running: queues.reduce((sum, { running }) => sum + running, 0),
      waiting: queues.reduce((sum, { waiting }) => sum + waiting.length, 0),
    };
  }

  #queueOf(action: string): Queue {
    const queue = this.#queues.get(action) ?? { running: 0, waiting: [] };
    this.#queues.set(action, queue);
    return queue;
  }
}
