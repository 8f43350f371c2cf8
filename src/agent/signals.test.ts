import { afterEach, expect, test, vi } from "vitest";
import { listenToSignals } from "./signals.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("signals in quick succession, such as those of timeout(1), are one request; a later one exits immediately", () => {
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
