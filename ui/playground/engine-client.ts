import type { EngineReplies, EngineRequest, FromWorker, Progress, ToWorker } from "./protocol.ts";

interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Called repeatedly during a run. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Sends requests to the worker. */
export interface EngineClient {
  /** @throws Error with the message of the worker, or Cancelled after an abort */
  request<K extends EngineRequest["kind"]>(
    request: Extract<EngineRequest, { kind: K }>,
    options?: RequestOptions,
  ): Promise<EngineReplies[K]>;
  close(): void;
}

/** Thrown by a request that was aborted. */
export class Cancelled extends Error {}

interface PendingRequest {
  readonly resolve: (reply: EngineReplies[keyof EngineReplies]) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Starts the worker. */
export function openEngineClient(script = PLAYGROUND_WORKER): EngineClient {
  const worker = new Worker(script, { type: "module" });
  const pending = new Map<number, PendingRequest>();
  let lastId = 0;
  const post = (message: ToWorker): void => worker.postMessage(message);
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    const request = pending.get(data.id);
    if (request === undefined) return;
    if ("progress" in data) {
      request.onProgress?.(data.progress);
      return;
    }
    pending.delete(data.id);
    if ("reply" in data) request.resolve(data.reply);
    else request.reject(new Error(data.failure));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const error = new Error("Cannot start the playground engine. Reload the page.");
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  return {
    request<K extends EngineRequest["kind"]>(
      request: Extract<EngineRequest, { kind: K }>,
      { signal, onProgress }: RequestOptions = {},
    ) {
      const id = ++lastId;
      return new Promise<EngineReplies[K]>((resolve, reject) => {
        pending.set(id, {
          // The type of a reply corresponds to the kind of the request.
          resolve: (reply) => resolve(reply as EngineReplies[K]),
          reject,
          onProgress,
        });
        signal?.addEventListener("abort", () => {
          if (!pending.delete(id)) return;
          post({ id, cancel: true });
          reject(new Cancelled());
        });
        post({ id, request });
      });
    },
    close: () => worker.terminate(),
  };
}
