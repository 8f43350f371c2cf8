import { expect, test } from "vitest";
import { PairIndex } from "./pair-index.ts";

test("numbers pairs in the order of their first occurrence", () => {
  const index = new PairIndex();
  const pair = (i: number): readonly [number, number] => [i % 37, Math.floor(i / 37) * 1000];
  for (let i = 0; i < 50_000; i++) expect(index.number(...pair(i))).toBe(i);
  for (let i = 0; i < 50_000; i += 7) expect(index.number(...pair(i))).toBe(i);
  expect(index.size).toBe(50_000);
  expect(index.number(1000, 1)).toBe(50_000);
  expect(index.number(1, 1000)).not.toBe(index.number(1000, 1));
});
