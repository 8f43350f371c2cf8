import { afterEach, expect, test, vi } from "vitest";
import { listenToSignals } from "./signals.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("the first signal after a stop that a component requested does not exit immediately", () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const signals = listenToSignals();
  try {
    signals.fail("the disk is full");
    process.emit("SIGTERM");
    expect(signals.stop).toBe(true);
    expect(exit).not.toHaveBeenCalled();
  } finally {
    signals.close();
  }
});

test("signals in quick succession, such as from timeout(1), are one request; a later signal exits immediately", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const signals = listenToSignals();
  try {
    process.emit("SIGINT");
    process.emit("SIGINT");
    expect(signals.stop).toBe(true);
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    process.emit("SIGTERM");
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  } finally {
    signals.close();
  }
});

test.each([0.01, 60, 40 * 86_400])("a time limit of %d s stops the agent after this time", (seconds) => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  const signals = listenToSignals();
  try {
    signals.stopAfter(seconds);
    vi.advanceTimersByTime(seconds * 1000 - 1);
    expect(signals.stop).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signals.stop).toBe(true);
  } finally {
    vi.useRealTimers();
    signals.close();
  }
});

test("a request that arrives while the main loop is not waiting is not lost", async () => {
  const signals = listenToSignals();
  try {
    const first = signals.changed();
    signals.wake();
    await first;
    await signals.changed(); // the first request cannot be distinguished from a later request
    const stale = signals.changed();
    signals.askReload();
    await signals.changed();
    await stale;
    expect(signals.reload).toBe(true);
    let isWoken = false;
    void signals.changed().then(() => {
      isWoken = true;
    });
    await signals.turn();
    await signals.turn();
    expect(isWoken).toBe(false);
  } finally {
    signals.close();
  }
});
