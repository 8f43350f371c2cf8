import { describe, expect, test } from "vitest";
import { vocabulary } from "../field/catalogue.ts";
import { bind } from "./bind.ts";
import { ConditionError } from "./error.ts";
import { IndicatorSet, IndicatorSetBuilder, indicatorItem } from "./indicator-set.ts";
import { parse } from "./parse.ts";
import { resolve } from "./resolve.ts";

const hashes = new IndicatorSet("hashes", "hash");
const addresses = new IndicatorSet("addresses", "address");
const indicators = new Map([hashes, addresses].map((set) => [set.name, set]));
const words = { ...vocabulary(), indicators };
const lists = new Map([
  ["hashes", ["plain", indicatorItem("hashes")]],
  ["addresses", [indicatorItem("addresses")]],
]);

function test_(condition: string) {
  const { condition: bound } = bind(resolve(parse(condition), new Map(), lists).condition, words);
  if (bound.kind !== "own") throw new Error(`a leaf of kind ${bound.kind}`);
  return bound;
}

function errorOf(condition: string): string {
  try {
    test_(condition);
  } catch (error) {
    if (error instanceof ConditionError) return error.message;
    throw error;
  }
  return "";
}

describe("a list with indicators", () => {
  test("matches its other items and its current indicators", () => {
    const leaf = test_("proc.name in (hashes, other)");
    const matches = (name: string) => leaf.test({ thread: { comm: name } } as never);
    expect([matches("plain"), matches("other"), matches("a")]).toEqual([true, true, false]);
    const builder = new IndicatorSetBuilder(3);
    builder.addHash("a");
    hashes.replace([builder.build()]);
    expect([matches("a"), matches("b"), matches("plain")]).toEqual([true, false, true]);
    hashes.replace([]);
    expect(matches("a")).toBe(false);
  });

  test("has the same key as an equal list, and a different key than other lists", () => {
    expect(test_("proc.name in (hashes)").key).toBe(test_("proc.name in (hashes)").key);
    expect(test_("proc.name in (hashes)").key).not.toBe(test_("proc.name in (hashes, x)").key);
  });

  test.each([
    ["proc.name in (addresses)", '"proc.name" has type CHARBUF, but addresses is a list of address indicators.'],
    ["fd.sip in (hashes)", /"plain" is not an address|fd\.sip" has type IPADDR/],
    ["proc.name startswith anyof (hashes)", 'Indicators (hashes) only support "in" and "intersects".'],
    [
      "fd.ip in (addresses)",
      '"fd.ip" cannot be looked up in indicators; use a field for one end of the connection, such as fd.sip or fd.cip.',
    ],
    ["evt.around[1] in (addresses, 1)", 'evt.around supports only "=".'],
  ])("%s is an error", (condition, message) => {
    expect(errorOf(condition)).toMatch(message);
  });
});
