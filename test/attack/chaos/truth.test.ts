import { expect, test } from "vitest";
import { exclusionOf } from "./truth.ts";

const up = [
  { from: 1000, to: 20_000 },
  { from: 30_000, to: Number.POSITIVE_INFINITY },
];
const suspended = [
  { from: 5000, to: 8000 },
  { from: 16_500, to: 18_500 },
];

test.each([
  [900, "downtime"],
  [1200, "downtime"], // the sensor has just started
  [1500, undefined],
  [4999, undefined],
  [6000, undefined], // waits in the ring buffers of the kernel
  [16_000, "SIGSTOP before SIGKILL"],
  [18_000, "SIGSTOP before SIGKILL"],
  [18_900, undefined],
  [19_500, "before SIGKILL"],
  [25_000, "downtime"],
  [1e9, undefined],
] as const)("an action at %d has the exclusion %s", (at, exclusion) => {
  expect(exclusionOf({ number: 1, begin: at, end: at }, up, suspended)).toBe(exclusion);
});
