import type { Worker } from "node:worker_threads";
import { forgetWorker, reserveAddressSpace, whyNoWorker } from "./address-space.ts";
import { heapLimits } from "./heap.ts";
import { startWorker } from "./start.ts";

/** A Node worker that is restarted when it fails. */
export interface Supervised<Command> {
  /**
   * Sends a command.
   * @returns false if the worker is down and the command was dropped
   */
  send(command: Command): boolean;
  /** Allows the process to exit while the worker runs. */
  unref(): void;
  /** Terminates the worker until {@link resume} is called. The state of the worker is lost. */
  pause(): void;
  /** Starts a paused worker. */
  resume(): void;
  /** Sends a final command, waits up to `closeTimeout` for the message `closed`, and terminates the worker. */
  close(last: Command): Promise<void>;
  /** Terminates the worker immediately. */
  end(): void;
}

export interface SuperviseOptions<Message> {
  /** URL of the worker's module. */
  readonly url: URL;
  /** Returns the `workerData`; called at each start. */
  data(): unknown;
  /** Called with each message of the worker except `closed`. */
  onMessage(message: Exclude<Message, Closed>): void;
  /** Called when the worker has exited unexpectedly. */
  onFailure(reason: string): void;
  /** Called after a restart, to restore the state of the new worker. */
  onRestart?(): void;
  /** Delay before a restart, in milliseconds. Default: 1 s. */
  readonly restartAfter?: number;
  /** Maximum time for the worker to close, in milliseconds. Default: unlimited. */
  readonly closeTimeout?: number;
  /** Heap limit in MiB. Default: V8's limit. */
  readonly maxHeap?: number;
  /** Limit of the young generation in MiB. A small limit makes V8 collect garbage earlier. Default: V8's limit. */
  readonly maxYoung?: number;
}

const RESTART_AFTER = 1000;

/** The last message of a worker before it closes. */
interface Closed {
  readonly kind: "closed";
}

function isClosed<Message extends { readonly kind: string }>(message: Message): message is Extract<Message, Closed> {
  return message.kind === "closed";
}

/** Starts a worker and restarts it when it fails. */
export function supervise<Command, Message extends { readonly kind: string }>(
  options: SuperviseOptions<Message>,
): Supervised<Command> {
  const { url, maxHeap: heap, maxYoung: young, closeTimeout, restartAfter = RESTART_AFTER } = options;
  const closed = Promise.withResolvers<void>();
  let closing = false;
  let isReferenced = true;
  let isPaused = false;
  let restart: NodeJS.Timeout | undefined;
  let worker: Worker | undefined = start();

  /**
   * Starts the worker. Returns undefined if no thread is available, or if the address space is too small, in which case
   * starting a worker would abort the process.
   */
  function start(): Worker | undefined {
    const cause = whyNoWorker(options);
    if (cause !== undefined) {
      setImmediate(fail, `another worker ${cause}`);
      return undefined;
    }
    const release = reserveAddressSpace();
    const started = startWorker(url, { workerData: options.data(), resourceLimits: heapLimits(heap, young) });
    if (typeof started === "string") {
      release();
      setImmediate(fail, started);
      return undefined;
    }
    started.once("online", release).once("exit", release);
    if (!isReferenced) started.unref();
    let reason = "the worker ended";
    started.on("message", (message: Message) => {
      if (isClosed(message)) closed.resolve();
      else options.onMessage(message as Exclude<Message, Closed>); // the message is not `closed`
    });
    started.on("error", (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    started.on("exit", () => {
      if (closing) {
        worker = undefined;
        closed.resolve();
        return;
      }
      if (worker !== started) return; // the worker was paused
      worker = undefined;
      fail(reason);
    });
    return started;
  }

  function fail(reason: string): void {
    if (closing) return;
    options.onFailure(reason);
    restart = setTimeout(startAgain, restartAfter).unref();
  }

  function startAgain(): void {
    if (closing || isPaused) return;
    worker = start();
    options.onRestart?.();
  }

  function end(): void {
    closing = true;
    forgetWorker(options);
    clearTimeout(restart);
    void worker?.terminate();
    worker = undefined;
  }

  return {
    send(command) {
      worker?.postMessage(command);
      return worker !== undefined;
    },
    unref() {
      isReferenced = false;
      worker?.unref();
    },
    pause() {
      if (closing || isPaused) return;
      isPaused = true;
      clearTimeout(restart);
      void worker?.terminate();
      worker = undefined;
    },
    resume() {
      if (closing || !isPaused) return;
      isPaused = false;
      worker = start();
    },
    async close(last) {
      const wasClosing = closing;
      closing = true;
      clearTimeout(restart);
      if (worker === undefined) return;
      worker.ref(); // otherwise Node would exit before the worker has closed
      if (!wasClosing) worker.postMessage(last);
      const late = closeTimeout === undefined ? undefined : setTimeout(closed.resolve, closeTimeout);
      await closed.promise;
      clearTimeout(late);
      end();
    },
    end,
  };
}
