import { Worker } from "node:worker_threads";

/** A Node worker of this program that is started again when it breaks down. */
export interface Supervised<Order> {
  /** Sends an order. @returns false while the worker is down: then it is dropped */
  send(order: Order): boolean;
  /** Lets the program end although the worker runs. */
  unref(): void;
  /** Sends a last order and waits until the worker answers `closed` or ends, at most `closeTimeout`; then it is ended. */
  close(last: Order): Promise<void>;
  /** Ends it at once, for good. */
  end(): void;
}

export interface SuperviseOptions<Answer> {
  /** The worker's module. */
  readonly url: URL;
  /** The worker's `workerData`, asked for at each start. */
  data(): unknown;
  /** Takes its answers, all but `closed`. */
  onMessage(answer: Exclude<Answer, Closed>): void;
  /** Called when it ended without being closed. */
  onFailure(reason: string): void;
  /** Called when it was started again, to send what it has to know beside its data. */
  onRestart?(): void;
  /** Milliseconds before it is started again; 1 s unless given. */
  readonly restartAfter?: number;
  /** Milliseconds that it gets to close; unlimited unless given. */
  readonly closeTimeout?: number;
  /** The largest heap in MiB; V8's own limit unless given. */
  readonly maxHeap?: number;
}

const RESTART_AFTER = 1000;

/** The answer of a worker that has done its last order. */
interface Closed {
  readonly kind: "closed";
}

function isClosed<Answer extends { readonly kind: string }>(answer: Answer): answer is Extract<Answer, Closed> {
  return answer.kind === "closed";
}

/** Starts a worker and keeps it running. */
export function supervise<Order, Answer extends { readonly kind: string }>(
  options: SuperviseOptions<Answer>,
): Supervised<Order> {
  const { url, maxHeap: heap, closeTimeout, restartAfter = RESTART_AFTER } = options;
  const closed = Promise.withResolvers<void>();
  let closing = false;
  let isReferenced = true;
  let restart: NodeJS.Timeout | undefined;
  let worker: Worker | undefined = start();

  function start(): Worker {
    const limits = heap === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heap } };
    const started = new Worker(url, { workerData: options.data(), ...limits });
    if (!isReferenced) started.unref();
    let reason = "the worker ended";
    started.on("message", (answer: Answer) => {
      if (isClosed(answer)) closed.resolve();
      else options.onMessage(answer as Exclude<Answer, Closed>); // what is left of the union
    });
    started.on("error", (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    started.on("exit", () => {
      worker = undefined;
      if (closing) {
        closed.resolve();
        return;
      }
      options.onFailure(reason);
      restart = setTimeout(startAgain, restartAfter).unref();
    });
    return started;
  }

  function startAgain(): void {
    if (closing) return;
    worker = start();
    options.onRestart?.();
  }

  function end(): void {
    closing = true;
    clearTimeout(restart);
    void worker?.terminate();
    worker = undefined;
  }

  return {
    send(order) {
      worker?.postMessage(order);
      return worker !== undefined;
    },
    unref() {
      isReferenced = false;
      worker?.unref();
    },
    async close(last) {
      const wasClosing = closing;
      closing = true;
      clearTimeout(restart);
      if (worker === undefined) return;
      if (!wasClosing) worker.postMessage(last);
      const late = closeTimeout === undefined ? undefined : setTimeout(closed.resolve, closeTimeout);
      await closed.promise;
      clearTimeout(late);
      end();
    },
    end,
  };
}
