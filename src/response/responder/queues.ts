import type { Claim } from "../limit/claim.ts";

/** Workload and priority level of a queued run. */
export type QueuedFor = Pick<Claim, "workload" | "level">;

interface Waiting extends QueuedFor {
  start(): void;
}

/** The running and queued runs of an action. */
interface Queue {
  /** Number of runs in progress, by workload. */
  readonly running: Map<string, number>;
  total: number;
  /** Queued runs in the order of their arrival. */
  readonly waiting: Waiting[];
}

/**
 * Limits the number of concurrent runs of each action. Queued runs start in this order: workload with the fewest runs
 * in progress, highest priority level, longest wait. Slow runs for one workload therefore hardly delay other workloads.
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

  /** Queues a run. Calls `start` when the run may start. */
  enqueue(action: string, { workload, level }: QueuedFor, start: () => void): void {
    this.#queueOf(action).waiting.push({ workload, level, start });
  }

  /** Counts a run that has finished. */
  ended(action: string, { workload }: QueuedFor): void {
    const queue = this.#queueOf(action);
    queue.total--;
    const left = (queue.running.get(workload) ?? 1) - 1;
    if (left === 0) queue.running.delete(workload);
    else queue.running.set(workload, left);
  }

  /** Starts queued runs of an action while there is room. */
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

/** Removes the next run from the queue. */
function takeNext({ waiting, running }: Queue): Waiting | undefined {
  let [place, fewest, highest] = [0, Number.POSITIVE_INFINITY, -1];
  for (const [i, { workload, level }] of waiting.entries()) {
    const own = running.get(workload) ?? 0;
    if (own > fewest || (own === fewest && level <= highest)) continue;
    [place, fewest, highest] = [i, own, level];
  }
  return waiting.splice(place, 1)[0];
}
