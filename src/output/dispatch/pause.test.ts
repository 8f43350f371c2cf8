import { afterEach, expect, test, vi } from "vitest";
import { openPause } from "./pause.ts";

afterEach(() => void vi.restoreAllMocks());

test("the time limit of a stop holds after the system clock is set back", async () => {
  const pause = openPause();
  pause.end(20);
  const present = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(present - 3_600_000);
  expect(await pause.wait(undefined)).toBe(false);
}, 5000);
