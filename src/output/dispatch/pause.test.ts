import { afterEach, expect, test, vi } from "vitest";
import { openPause } from "./pause.ts";

afterEach(() => void vi.restoreAllMocks());

test("the time limit of a stop is kept if the system clock is set back", async () => {
  const pause = openPause();
  pause.end(20);
  const present = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(present - 3_600_000);
  expect(await pause.wait(undefined)).toBe(false);
}, 5000);

test("a wait that is longer than the longest timer of Node.js does not end immediately", async () => {
  const pause = openPause();
  let hasEnded = false;
  const wait = pause.wait(30 * 86_400_000).then(() => {
    hasEnded = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(hasEnded).toBe(false);
  pause.hurry();
  await wait;
});
