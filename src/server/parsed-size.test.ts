import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { parsedSize } from "./parsed-size.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const N = 100_000;
const each = (make: (i: number) => string): string => Array.from({ length: N }, (_, i) => make(i)).join();
const audit = `{"kind":"Event","user":{"username":"system:node","groups":["a","b"]},"objectRef":{"resource":"pods","name":"x"}}`;

test.each<readonly [string, string]>([
  ["empty objects", `[${"{},".repeat(N)}{}]`],
  ["empty lists", `[${"[],".repeat(N)}[]]`],
  ["lists of one", `[${"[1],".repeat(N)}1]`],
  ["objects of one", `[${'{"a":1},'.repeat(N)}1]`],
  ["objects with a name each", `[${each((i) => `{"${i.toString(36)}":1}`)}]`],
  ["objects with an index each", `[${each((i) => `{"${(i * 7919) % 4_000_000}":1}`)}]`],
  ["one object", `{${each((i) => `"${i.toString(36)}":${i}`)}}`],
  ["small numbers", `[${"1,".repeat(N)}1]`],
  ["numbers among others", `[true,${"1e3,1.5,".repeat(N)}1]`],
  ["texts", `[${each((i) => `"${i.toString(36)}"`)}]`],
  ["nested lists", "[".repeat(N) + "]".repeat(N)],
  ["nested objects", `${'{"a":'.repeat(N)}1${"}".repeat(N)}`],
  ["audit events", `[${`${audit},`.repeat(N / 10)}${audit}]`],
])("the size is an upper bound of the heap of %s, and at most 16 times the text of events", (name, text) => {
  collect();
  const before = process.memoryUsage().heapUsed;
  const value: unknown = JSON.parse(text);
  collect();
  const heap = process.memoryUsage().heapUsed - before;
  expect(value).toBeDefined();
  const size = parsedSize(Buffer.from(text));
  expect(size).toBeGreaterThan(heap - 200_000);
  if (name === "audit events") expect(size).toBeLessThan(16 * text.length);
});

test("an incomplete line or text does not hide subsequent values", () => {
  const list = `[${"{},".repeat(1000)}{}]`;
  const least = parsedSize(Buffer.from(list));
  for (const start of ['"\n', '"\\\n', '{"a":\n', "[[[\n", '"\\"\n', '\\"\n'])
    expect(parsedSize(Buffer.from(start + list))).toBeGreaterThanOrEqual(least);
  expect(parsedSize(Buffer.from("1\n".repeat(1000)))).toBeGreaterThan(60_000);
});
