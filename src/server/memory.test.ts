import { expect, test } from "vitest";
import { memoryLimit, openRequestMemory } from "./memory.ts";

test("requests share the memory, and return it once", () => {
  const memory = openRequestMemory(100);
  const [one, two] = [memory.open(), memory.open()];
  expect([one.take(60), two.take(60), two.take(40), one.take(1)]).toEqual([true, false, true, false]);
  one.give(10);
  expect([two.take(10), memory.used]).toEqual([true, 100]);
  one.close();
  one.close();
  expect(memory.used).toBe(50);
  two.close();
  expect(memory.used).toBe(0);
});

test("incomplete bodies that are silent or slow are evicted, the least recently active first", () => {
  let time = 0;
  const memory = openRequestMemory(100, () => time);
  const evicted: string[] = [];
  const open = (name: string) => {
    const share = memory.open(() => {
      evicted.push(name);
      share.close();
    });
    share.take(40);
    return share;
  };
  const [first, second] = [open("first"), open("second")];
  const third = memory.open();
  expect([third.take(30), evicted]).toEqual([false, []]); // both may still be fast
  time = 900;
  first.progress();
  time = 1500;
  expect([third.take(30), evicted]).toEqual([true, ["second"]]);
  second.progress(); // no effect after eviction
  first.progress();
  third.close();
  expect(memory.open().take(60)).toBe(true);
  time = 5000; // the first sends continuously and takes too long
  first.progress();
  expect([memory.open().take(40), evicted]).toEqual([true, ["second", "first"]]);
});

test("complete bodies are not evicted", () => {
  let time = 0;
  const memory = openRequestMemory(100, () => time);
  const share = memory.open(() => expect.unreachable());
  share.take(80);
  share.complete();
  time = 1e6;
  expect(memory.open().take(40)).toBe(false);
});

test("the limit is a quarter of the heap, from 16 to 256 MiB", () => {
  const MiB = 1 << 20;
  expect([40, 256, 512, 8192].map((heap) => memoryLimit(heap * MiB) / MiB)).toEqual([16, 64, 128, 256]);
});
