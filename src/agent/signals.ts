/**
 * Time in which another stop signal counts as the same request, in milliseconds. For example, timeout(1) sends its
 * signal both to the program and to its process group.
 */
const SAME_REQUEST = 500;

/** Maximum delay of a timer, in milliseconds. Timers with longer delays expire immediately. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Requests to the agent, from signals, from the time limit and from components. */
export interface Signals {
  /**
   * Set by SIGINT, SIGTERM, the time limit and `askStop`. A SIGINT or SIGTERM after another signal or the time limit
   * ends the process immediately, unless it arrives within {@link SAME_REQUEST} of the first request.
   */
  stop: boolean;
  /** Set by SIGHUP and `askReload`. */
  reload: boolean;
  /** Set by SIGUSR1. */
  reopen: boolean;
  /** Set by SIGUSR2: a new process must replace this process. */
  replace: boolean;
  /** Resolves when the next request arrives, or without waiting if a request has arrived since the last call. */
  changed(): Promise<void>;
  /** Resolves `changed` without a request. */
  wake(): void;
  /** Requests a stop, like SIGTERM. */
  askStop(): void;
  /** Requests a stop because of an error. The program ends with this error. */
  fail(reason: string): void;
  /** The reason from the first call of `fail`. */
  failure: string | undefined;
  /** Requests a reload, like SIGHUP. */
  askReload(): void;
  /** Yields to the event loop, so that pending signals are handled. */
  turn(): Promise<void>;
  stopAfter(seconds: number): void;
  /** Removes the signal handlers. */
  close(): void;
}

export function listenToSignals(): Signals {
  let resume = (): void => {};
  /**
   * Whether a request has arrived since the last call of `changed`, so that a request is not lost while no caller
   * waits.
   */
  let isWoken = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = Number.NEGATIVE_INFINITY;
  const signals: Signals = {
    stop: false,
    reload: false,
    reopen: false,
    replace: false,
    changed() {
      if (!isWoken)
        return new Promise((resolve) => {
          resume = resolve;
        });
      isWoken = false;
      return signals.turn();
    },
    wake,
    askStop() {
      signals.stop = true;
      wake();
    },
    failure: undefined,
    fail(reason) {
      signals.failure ??= reason;
      signals.askStop();
    },
    askReload: () => ask("reload"),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    stopAfter(seconds) {
      const end = performance.now() + seconds * 1000;
      const wait = (): void => {
        const left = end - performance.now();
        if (left > 0) timer = setTimeout(wait, Math.min(Math.ceil(left), LONGEST_DELAY));
        else stop();
      };
      wait();
    },
    close() {
      clearTimeout(timer);
      for (const [signal, listener] of listeners) process.removeListener(signal, listener);
    },
  };
  function wake(): void {
    isWoken = true;
    resume();
  }
  function stop(): void {
    const now = performance.now();
    if (now - stopped < SAME_REQUEST) return;
    if (stopped !== Number.NEGATIVE_INFINITY) process.exit(130);
    stopped = now;
    signals.stop = true;
    wake();
  }
  function ask(what: "reload" | "reopen" | "replace"): void {
    signals[what] = true;
    wake();
  }
  const listeners: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ["SIGINT", stop],
    ["SIGTERM", stop],
    ["SIGHUP", () => ask("reload")],
    ["SIGUSR1", () => ask("reopen")],
    ["SIGUSR2", () => ask("replace")],
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return signals;
}
