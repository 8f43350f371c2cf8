import { expect, test } from "vitest";
import { ApiError } from "../../transport/kubernetes/error.ts";
import { type Attempt, openRetry } from "./retry.ts";

const TIMES = { firstWait: 1000, longestWait: 60_000, forbidden: 600_000 };
const broken: Attempt = { failure: new Error("closed"), healthy: false, lasted: false, hasVersion: true };
const status = (code: number, more: Partial<Attempt> = {}): Attempt => ({
  ...broken,
  failure: new ApiError(code, {}),
  ...more,
});

/** The milliseconds to wait after each attempt. */
function waits(...attempts: readonly Attempt[]): number[] {
  const retry = openRetry(TIMES);
  return attempts.map((attempt) => retry.after(attempt).rest);
}

test("attempts that fail are repeated with backoff up to a minute", () => {
  expect(waits(...Array<Attempt>(8).fill(broken))).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});

test("a healthy watch resets the backoff, so that it is resumed after a second", () => {
  for (const attempt of [
    { ...broken, healthy: true },
    { ...broken, lasted: true },
  ])
    expect(waits(broken, broken, broken, broken, attempt, broken)).toEqual([1000, 2000, 4000, 8000, 1000, 2000]);
});

test("an expired version is immediately followed by a list, but not twice without a healthy watch", () => {
  for (const code of [400, 410, 504]) {
    const retry = openRetry(TIMES);
    expect(retry.after(broken).rest).toBe(1000);
    expect(retry.after(status(code))).toEqual({ isLost: false, lists: true, rest: 0 });
    expect(retry.after(status(code))).toEqual({ isLost: false, lists: true, rest: 2000 });
    expect(retry.after(status(code, { healthy: true }))).toEqual({ isLost: false, lists: true, rest: 0 });
  }
});

test("the end of a watch at its timeout is not a failure", () => {
  expect(openRetry(TIMES).after({ ...broken, failure: undefined, lasted: true })).toEqual({
    isLost: false,
    lists: false,
    rest: 0,
  });
});

test("the next attempt is ten minutes after status 403, and after the time in Retry-After for status 429", () => {
  expect(waits(status(403, { hasVersion: false }))).toEqual([600_000]);
  expect(waits(status(429, { failure: new ApiError(429, {}, 7) }))).toEqual([7000]);
});

test("three errors lead to a list, except errors that report overload or missing permissions", () => {
  const lists = (code: number): boolean[] => {
    const retry = openRetry(TIMES);
    return [1, 2, 3, 4].map(() => retry.after(status(code)).lists);
  };
  expect(lists(500)).toEqual([false, false, true, false]);
  for (const code of [401, 403, 429, 503]) expect(lists(code)).toEqual([false, false, false, false]);
});
