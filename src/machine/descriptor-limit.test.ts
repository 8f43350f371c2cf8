import { expect, test } from "vitest";
import { Descriptor } from "./descriptor.ts";
import { DescriptorLimit } from "./descriptor-limit.ts";
import { Thread } from "./thread.ts";

/** A process with `count` descriptors from number 1000, and a descriptor with number 3. */
function processWith(count: number, cloneTime: bigint): Thread {
  const thread = new Thread(Number(cloneTime));
  thread.cloneTime = cloneTime;
  thread.fds.set(3, new Descriptor());
  for (let fd = 1000; fd < 1000 + count; fd++) thread.fds.set(fd, new Descriptor());
  return thread;
}

test("the processes with the most descriptors lose descriptors with large numbers, the newest process first", () => {
  const limit = new DescriptorLimit(100);
  const threads = [processWith(40, 1n), processWith(40, 2n), processWith(5, 3n)];
  limit.check(threads);
  expect([threads.map(({ fds }) => fds.size), limit.dropped]).toEqual([[41, 41, 6], 0]);
  threads.push(processWith(40, 4n));
  limit.check(threads);
  expect([threads.map(({ fds }) => fds.size), limit.dropped]).toEqual([[41, 1, 6, 1], 80]);
  expect(threads[1]?.fds.get(3)).toBeDefined();
  threads[1]?.fds.set(1000, new Descriptor());
  expect(threads[1]?.fds.size).toBe(2);
});

test("descriptors that processes share count once", () => {
  const limit = new DescriptorLimit(118);
  const parent = processWith(60, 1n);
  const child = new Thread(2, parent.fds.fork());
  limit.check([parent, child]);
  expect([parent.fds.size, child.fds.size]).toEqual([61, 61]);
  child.fds.delete(1000);
  limit.check([parent, child]);
  expect([parent.fds.size, child.fds.size, limit.dropped]).toEqual([1, 60, 60]);
});
