import { expect, test } from "vitest";
import { FairMap } from "./fair-map.ts";

/** A full map with groups of the given sizes, whose values were added alternately. */
function filled(most: number, sizes: readonly number[]): FairMap<number> {
  const map = new FairMap<number>(most);
  for (let i = 0; i < Math.max(...sizes); i++)
    for (const [group, size] of sizes.entries()) if (i < size) map.set(`${group} ${i}`, `${group}`, i);
  return map;
}

const keysOf = (map: FairMap<number>, group: number, size: number): number =>
  Array.from({ length: size }, (_, i) => map.get(`${group} ${i}`)).filter((value) => value !== undefined).length;

test("the oldest value of the largest group is dropped", () => {
  const map = filled(8, [5, 3]);
  map.set("new", "2", 0);
  expect([map.get("0 0"), map.get("0 1"), map.get("1 0"), map.get("new"), map.size]).toEqual([undefined, 1, 0, 0, 8]);
});

test("a flood in one group does not displace values of other groups", () => {
  const map = filled(1000, [100, 200, 300]);
  for (let i = 0; i < 10_000; i++) map.set(`flood ${i}`, "flood", i);
  expect([0, 1, 2].map((group) => keysOf(map, group, 300))).toEqual([100, 200, 300]);
  expect(map.size).toBeLessThanOrEqual(1000);
  expect(map.get("flood 9999")).toBe(9999);
});

test("two large groups shrink to the same size", () => {
  const map = filled(1280, [650, 630]);
  map.set("new", "2", 0);
  expect([keysOf(map, 0, 650), keysOf(map, 1, 630)]).toEqual([630, 630]);
});

test("if all groups have one value, several of the oldest values are dropped together", () => {
  const map = new FairMap<number>(640);
  for (let i = 0; i < 641; i++) map.set(`${i}`, `group ${i}`, i);
  expect([map.size, map.get("9"), map.get("10")]).toEqual([631, undefined, 10]);
});

test("a value that is set again is the newest", () => {
  const map = filled(2, [2]);
  map.set("0 0", "0", 7);
  map.set("new", "0", 8);
  expect([map.get("0 0"), map.get("0 1"), map.get("new")]).toEqual([7, undefined, 8]);
});
