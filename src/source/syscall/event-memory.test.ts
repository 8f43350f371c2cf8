import { expect, test } from "vitest";
import { EventMemory } from "./event-memory.ts";

test("the limit applies to the buffers in use, and returned buffers can be taken again", () => {
  const memory = new EventMemory(1024, 3 * 1024 + 1023);
  const taken = [memory.take(), memory.take(), memory.take()];
  expect(taken.map((buffer) => buffer?.length)).toEqual([1024, 1024, 1024]);
  expect(memory.take()).toBeUndefined();
  const [first] = taken;
  if (first === undefined) throw new Error("There is no buffer.");
  memory.give(first);
  expect(memory.take()).toBe(first);
  expect(memory.take()).toBeUndefined();
});

test("by default, the limit is at most 512 MiB", () => {
  const size = 64 << 20;
  const memory = new EventMemory(size);
  let count = 0;
  for (let buffer = memory.take(); buffer !== undefined; buffer = memory.take()) count++;
  expect(count).toBeLessThanOrEqual((512 << 20) / size);
});
