import type { Reading } from "../reading.ts";

const UNITS: readonly (readonly [name: RegExp, nanoseconds: number])[] = [
  [/^ns$/, 1],
  [/^us$/, 1e3],
  [/^ms$/, 1e6],
  [/^(s|sec|seconds?)?$/, 1e9],
  [/^(m|min|minutes?)$/, 60e9],
  [/^(h|hours?)$/, 3600e9],
  [/^(d|days?)$/, 86400e9],
];

/** Parses a duration (`10s`, `1.5 ms`, `2 hours`, `3 days ago`; a plain number is in seconds). Returns nanoseconds. */
export function duration(reading: Reading, what: string): bigint {
  const found = /^([0-9]+(?:\.[0-9]+)?) *([a-z]*)(?: ago)?$/.exec(reading.text(what));
  const [, value, name = ""] = found ?? [];
  const unit = UNITS.find(([pattern]) => pattern.test(name))?.[1];
  if (value === undefined || unit === undefined) {
    throw reading.fault(`${what} must be a duration such as 10s, 200ms, 5 minutes.`);
  }
  return BigInt(Math.round(Number(value) * unit));
}
