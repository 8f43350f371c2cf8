import { expect, test } from "vitest";
import { seeded } from "../../test/damaged/random.ts";
import type { Operator } from "./ast.ts";
import { matcher } from "./compare.ts";

const OPERATORS: readonly Operator[] = ["startswith", "endswith", "contains", "icontains", "glob", "iglob"];

test.each(OPERATORS)("%s anyof matches if and only if it matches one of the operands", (operator) => {
  const random = seeded(7);
  const letters = operator.endsWith("glob") ? "abA*?[]" : "abA/\0";
  const text = (length: number, from: string) =>
    Array.from({ length: random.below(length + 1) }, () => from[random.below(from.length)]).join("");
  let matched = 0;
  for (let i = 0; i < 20_000; i++) {
    const operands = Array.from({ length: 1 + random.below(6) }, () => text(3, letters));
    const value = text(6, "abA/\0");
    const of = { type: "CHARBUF", list: false, nuls: i % 2 === 0, operator };
    const one = operands.some((operand) => matcher({ ...of, modifier: undefined, operands: [operand] })(value));
    expect([operands, value, matcher({ ...of, modifier: "anyof", operands })(value)]).toEqual([operands, value, one]);
    if (one) matched++;
  }
  expect(matched).toBeGreaterThan(1000);
  expect(matched).toBeLessThan(19_000);
});
