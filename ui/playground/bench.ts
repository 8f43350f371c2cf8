import type { Answers, FromWorker, Progress, Question } from "./protocol.ts";

/** Asks the worker. */
export interface Bench {
  /**
   * @param progress told now and then, of a run
   * @throws Error with the worker's sentence; Stopped where it was given up
   */
  ask<A extends Question["ask"]>(
    question: Extract<Question, { ask: A }>,
    options?: { readonly signal?: AbortSignal; readonly progress?: (progress: Progress) => void },
  ): Promise<Answers[A]>;
  close(): void;
}

/** That a question was given up. */
export class Stopped extends Error {}

interface Waiting {
  readonly answer: (answer: Answers[keyof Answers]) => void;
  readonly fail: (error: Error) => void;
  readonly progress: ((progress: Progress) => void) | undefined;
}

/** Starts the worker. */
export function openBench(script = PLAYGROUND_WORKER): Bench {
  const worker = new Worker(script, { type: "module" });
  const waiting = new Map<number, Waiting>();
  let last = 0;
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    const one = waiting.get(data.id);
    if (one === undefined) return;
    if ("progress" in data) {
      one.progress?.(data.progress);
      return;
    }
    waiting.delete(data.id);
    if ("answer" in data) one.answer(data.answer);
    else one.fail(new Error(data.failure));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const error = new Error("The playground's engine could not be started. Load the page again.");
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  };
  return {
    ask<A extends Question["ask"]>(
      question: Extract<Question, { ask: A }>,
      { signal, progress }: { signal?: AbortSignal; progress?: (progress: Progress) => void } = {},
    ) {
      const id = ++last;
      return new Promise<Answers[A]>((resolve, fail) => {
        // The worker answers each question in its own shape.
        const answer = (given: Answers[keyof Answers]) => resolve(given as Answers[A]);
        waiting.set(id, { answer, fail, progress });
        signal?.addEventListener("abort", () => {
          if (!waiting.delete(id)) return;
          worker.postMessage({ id, stop: true });
          fail(new Stopped());
        });
        worker.postMessage({ id, question });
      });
    },
    close: () => worker.terminate(),
  };
}
