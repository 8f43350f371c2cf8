import type { EngineReplies, EngineRequest, FromWorker, Progress } from "./protocol.ts";

/** Asks the worker. */
export interface EngineClient {
  /**
   * @param progress told now and then, of a run
   * @throws Error with the worker's sentence; Stopped where it was given up
   */
  request<A extends EngineRequest["ask"]>(
    question: Extract<EngineRequest, { ask: A }>,
    options?: { readonly signal?: AbortSignal; readonly progress?: (progress: Progress) => void },
  ): Promise<EngineReplies[A]>;
  close(): void;
}

/** That a question was given up. */
export class Cancelled extends Error {}

interface PendingRequest {
  readonly answer: (answer: EngineReplies[keyof EngineReplies]) => void;
  readonly fail: (error: Error) => void;
  readonly progress: ((progress: Progress) => void) | undefined;
}

/** Starts the worker. */
export function openEngineClient(script = PLAYGROUND_WORKER): EngineClient {
  const worker = new Worker(script, { type: "module" });
  const pending = new Map<number, PendingRequest>();
  let last = 0;
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    const one = pending.get(data.id);
    if (one === undefined) return;
    if ("progress" in data) {
      one.progress?.(data.progress);
      return;
    }
    pending.delete(data.id);
    if ("answer" in data) one.answer(data.answer);
    else one.fail(new Error(data.failure));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const error = new Error("The playground's engine could not be started. Load the page again.");
    for (const { fail } of pending.values()) fail(error);
    pending.clear();
  };
  return {
    request<A extends EngineRequest["ask"]>(
      question: Extract<EngineRequest, { ask: A }>,
      { signal, progress }: { signal?: AbortSignal; progress?: (progress: Progress) => void } = {},
    ) {
      const id = ++last;
      return new Promise<EngineReplies[A]>((resolve, fail) => {
        // The worker answers each question in its own shape.
        const answer = (given: EngineReplies[keyof EngineReplies]) => resolve(given as EngineReplies[A]);
        pending.set(id, { answer, fail, progress });
        signal?.addEventListener("abort", () => {
          if (!pending.delete(id)) return;
          worker.postMessage({ id, stop: true });
          fail(new Cancelled());
        });
        worker.postMessage({ id, question });
      });
    },
    close: () => worker.terminate(),
  };
}
