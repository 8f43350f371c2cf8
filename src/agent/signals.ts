/** What signals, or the end of the time, ask of a running program. */
export interface Signals {
  /** SIGINT, SIGTERM. A second one ends the program at once. */
  stop: boolean;
  /** SIGHUP. */
  reload: boolean;
  /** SIGUSR1. */
  reopen: boolean;
  /** Resolves when one of them has become true since the call. */
  changed(): Promise<void>;
  /** Ends the wait for a change: something else has come up. */
  wake(): void;
  /** Asks for a stop, as SIGTERM does. */
  askStop(): void;
  /** Asks for a reload, as SIGHUP does. */
  askReload(): void;
  /** Lets signals in: without it a loop that never waits would not see them. */
  turn(): Promise<void>;
  stopAfter(seconds: number): void;
  /** Gives signals their usual meaning back. */
  close(): void;
}

export function listenToSignals(): Signals {
  let wake = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  const signals: Signals = {
    stop: false,
    reload: false,
    reopen: false,
    changed: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    wake: () => wake(),
    askStop() {
      signals.stop = true;
      wake();
    },
    askReload: () => ask("reload"),
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    stopAfter(seconds) {
      timer = setTimeout(stop, seconds * 1000);
    },
    close() {
      clearTimeout(timer);
      for (const [signal, listener] of listeners) process.removeListener(signal, listener);
    },
  };
  function stop(): void {
    if (signals.stop) process.exit(130);
    signals.stop = true;
    wake();
  }
  function ask(what: "reload" | "reopen"): void {
    signals[what] = true;
    wake();
  }
  const listeners: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ["SIGINT", stop],
    ["SIGTERM", stop],
    ["SIGHUP", () => ask("reload")],
    ["SIGUSR1", () => ask("reopen")],
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return signals;
}
