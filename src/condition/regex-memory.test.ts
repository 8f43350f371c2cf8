import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { regexTest } from "./regex.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

test("expressions that are no longer used take no memory", async () => {
  const text = "a".repeat(3000);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 20; i++) {
    regexTest(`${"a{9,99}".repeat(70)}${"c".repeat(i)}`)(text); // takes 10 MB
    await new Promise((resolve) => setImmediate(resolve)); // weak references last until the end of a task
  }
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50e6);
});
