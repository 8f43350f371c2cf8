import type { Claim } from "../limit/claim.ts";

/** What a run is queued for. */
export type QueuedFor = Pick<Claim, "workload" | "level">;

interface Waiting extends QueuedFor {
  start(): void;
}

/** A queue per action: some of its runs are in progress, the others wait until those end. */
interface Queue {
  /** Runs in progress by workload. */
  readonly running: Map<string, number>;
  total: number;
  /** In the order in which they were queued. */
  readonly waiting: Waiting[];
}

/**
 * Bounds how many runs of one action are in progress at once. The workload with the fewest runs in progress is next, then
 * the highest level of priorities, then the longest wait, so that slow runs of one workload hardly delay those of others.
 */
export class ActionQueues {
  readonly #queues = new Map<string, Queue>();

  /** Whether a run of an action may start now. */
  hasRoom(action: string, concurrency: number): boolean {
    return this.#queueOf(action).total < concurrency;
  }

  /** Counts a run that starts. */
  started(action: string, { workload }: QueuedFor): void {
    const queue = this.#queueOf(action);
    queue.total++;
    queue.running.set(workload, (queue.running.get(workload) ?? 0) + 1);
  }

  /** Queues a run; `start` is called once there is room. */
  enqueue(action: string, { workload, level }: QueuedFor, start: () => void): void {
    this.#queueOf(action).waiting.push({ workload, level, start });
  }

  /** Counts a run that has ended. */
  ended(action: string, { workload }: QueuedFor): void {
    const queue = this.#queueOf(action);
    queue.total--;
    const left = (queue.running.get(workload) ?? 1) - 1;
    if (left === 0) queue.running.delete(workload);
    else queue.running.set(workload, left);
  }

  /** Starts queued runs of an action as long as there is room. */
  next(action: string, concurrency: number): void {
    const queue = this.#queueOf(action);
    while (queue.total < concurrency && queue.waiting.length > 0) takeNext(queue)?.start();
  }

  counts(): { readonly running: number; readonly waiting: number } {
    const queues = [...this.#queues.values()];
    return {
      running: queues.reduce((sum, { total }) => sum + total, 0),
      waiting: queues.reduce((sum, { waiting }) => sum + waiting.length, 0),
    };
  }

  #queueOf(action: string): Queue {
    const queue = this.#queues.get(action) ?? { running: new Map(), total: 0, waiting: [] };
    this.#queues.set(action, queue);
    return queue;
  }
}

/** Removes the run that starts next from the queue. */
function takeNext({ waiting, running }: Queue): Waiting | undefined {
  let [place, fewest, highest] = [0, Number.POSITIVE_INFINITY, -1];
  for (const [i, { workload, level }] of waiting.entries()) {
    const own = running.get(workload) ?? 0;
    if (own > fewest || (own === fewest && level <= highest)) continue;
    [place, fewest, highest] = [i, own, level];
  }
  return waiting.splice(place, 1)[0];
}
