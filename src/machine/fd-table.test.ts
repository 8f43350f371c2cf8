import { expect, test } from "vitest";
import { Descriptor } from "./descriptor.ts";
import { FdTable, MAX_DESCRIPTORS } from "./fd-table.ts";

function named(name: string): Descriptor {
  const fd = new Descriptor();
  fd.name = name;
  return fd;
}

test("stores low and high numbers", () => {
  const table = new FdTable();
  for (const fd of [0, 3, 255, 256, 70_000]) table.set(fd, named(String(fd)));
  expect([...table.entries()].map(([fd, { name }]) => [fd, name])).toEqual(
    [0, 3, 255, 256, 70_000].map((fd) => [fd, String(fd)]),
  );
  table.delete(3);
  table.delete(70_000);
  table.delete(4);
  expect([table.size, table.get(3), table.get(70_000), table.get(-1)]).toEqual([3, undefined, undefined, undefined]);
});

test("a fork has the same descriptors, and a change does not affect the other table", () => {
  const parent = new FdTable();
  parent.set(3, named("a"));
  parent.set(1000, named("b"));
  const child = parent.fork();
  expect(child.get(3)).toBe(parent.get(3));
  const own = child.own(1000);
  if (own !== undefined) own.name = "changed";
  child.delete(3);
  expect([parent.get(3)?.name, parent.get(1000)?.name, child.get(1000)?.name]).toEqual(["a", "b", "changed"]);
  expect(child.own(1000)).toBe(own);
});

test("a forked table with many descriptors is independent from the first change on, in either table", () => {
  const parent = new FdTable();
  for (let fd = 200; fd < 1000; fd++) parent.set(fd, named("a"));
  const first = parent.fork();
  const second = first.fork();
  parent.delete(200);
  first.set(1000, named("b"));
  second.drop((_descriptor, fd) => fd > 201);
  expect([parent, first, second].map(({ size }) => size)).toEqual([799, 801, 2]);
  expect([parent, first, second].map((table) => [...table.entries()].length)).toEqual([799, 801, 2]);
  const own = second.own(201);
  if (own !== undefined) own.name = "c";
  expect([parent, first, second].map((table) => table.get(201)?.name)).toEqual(["a", "a", "c"]);
});

test("drops descriptors that match a test", () => {
  const table = new FdTable();
  for (const fd of [1, 2, 500, 501]) table.set(fd, named("x"));
  table.drop((_fd, number) => number % 2 === 0);
  expect([...table.entries()].map(([fd]) => fd)).toEqual([1, 501]);
  expect(table.size).toBe(2);
});

test("stores no more than its limit, and drops the oldest of the large numbers", () => {
  const table = new FdTable();
  for (let fd = 0; fd < MAX_DESCRIPTORS + 10; fd++) expect(table.set(fd, named("x"))).toBe(true);
  expect([table.size, table.get(127)?.name, table.get(128), table.get(137), table.get(138)?.name]).toEqual([
    ...[MAX_DESCRIPTORS, "x", undefined, undefined, "x"],
  ]);
  const child = table.fork();
  expect([table.set(9_999, named("y")), table.get(9_999)?.name, table.get(138)]).toEqual([true, "y", undefined]);
  expect([child.get(9_999), child.get(138)?.name]).toEqual([undefined, "x"]);
  table.delete(5);
  expect([table.size, table.set(5, named("z")), table.size]).toEqual([MAX_DESCRIPTORS - 1, true, MAX_DESCRIPTORS]);
  expect(table.set(-1, named("x"))).toBe(false);
});
