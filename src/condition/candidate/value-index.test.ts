import { describe, expect, test } from "vitest";
import { parseAddress, parseNetwork } from "../address.ts";
import { Lookup } from "./lookup.ts";
import { EqualIndex, NetworkIndex, PieceIndex, PrefixIndex, type ValueIndex } from "./value-index.ts";

function found(index: ValueIndex<string>, value: string | number | bigint): string[] {
  const into: string[][] = [];
  index.find(value, into);
  return into.flat().sort();
}

function filled(index: ValueIndex<string>, operands: readonly (string | number)[]): ValueIndex<string> {
  for (const operand of operands) index.add(operand, String(operand));
  return index;
}

describe("the operands that match a value", () => {
  test("include equal strings, and equal integers of any type", () => {
    const index = filled(new EqualIndex(), ["a", "b", 5, "5"]);
    expect([found(index, "a"), found(index, 5), found(index, 5n), found(index, "c")]).toEqual([
      ["a"],
      ["5"],
      ["5"],
      [],
    ]);
  });

  test.each([false, true])("include prefixes, even of each other (from the end: %s)", (fromEnd) => {
    const turned = (text: string) => (fromEnd ? [...text].reverse().join("") : text);
    const operands = ["/", "/etc", "/etc/", "/etc/p", "/etc/pam.d/", "/etd", "/f", "b"];
    const index = filled(new PrefixIndex(fromEnd), operands.map(turned));
    const texts = ["/etc/passwd", "/etc", "/etc/", "/et", "/etc/pam.d/su", "/f", "/g", "", "a", "b", "bc", "\xff"];
    for (const text of texts) {
      const expected = operands.filter((operand) => text.startsWith(operand)).map(turned);
      expect(found(index, turned(text)), text).toEqual(expected.sort());
    }
  });

  test("include suffixes of a text that is longer than any operand", () => {
    const index = filled(new PrefixIndex(true), [".key", "id.key", "/etc/shadow"]);
    expect(found(index, `${"/x".repeat(2000)}/id.key`)).toEqual([".key", "id.key"]);
    expect(found(index, "y")).toEqual([]);
  });

  test("include pieces at any position, even of each other", () => {
    const operands = ["abc", "abcd", "bcd", "xyz", "abca"];
    const index = filled(new PieceIndex(), operands);
    for (const text of ["abcd", "0abcabca", "ab", "bcdxyz", "xy", "zabc", ""])
      expect([...new Set(found(index, text))], text).toEqual(
        operands.filter((operand) => text.includes(operand)).sort(),
      );
  });

  test("are all pieces, without a search, for a long text and few pieces", () => {
    const few = filled(new PieceIndex(), ["abc", "xyz"]);
    const long = "a".repeat(20_000);
    expect(found(few, long)).toEqual(["abc", "xyz"]);
    const [first, second]: string[][][] = [[], []];
    few.find(long, first!);
    few.find(long, second!);
    expect(first?.[0], "the same list, which is compiled once").toBe(second?.[0]);
    const many = filled(
      new PieceIndex(),
      Array.from({ length: 300 }, (_, i) => `piece ${i} `),
    );
    expect(found(many, `${long}piece 7 ${long}`)).toEqual(["piece 7 "]);
  });

  test("include a repeated piece only once", () => {
    const index = filled(new PieceIndex(), ["abc", "bca", "xyz"]);
    for (let i = 0; i < 2; i++) expect(found(index, "abc".repeat(5000))).toEqual(["abc", "bca"]);
  });

  test("are all pieces for a text that requires too many look-ups", () => {
    const pieces = Array.from({ length: 300 }, (_, i) => `piece ${i} `);
    const many = filled(new PieceIndex(), pieces);
    expect(found(many, "piece 7 ".repeat(2000))).toEqual(["piece 7 "]);
    expect(found(many, "piece 7 ".repeat(50_000))).toEqual(pieces.sort());
  });

  test("include networks that contain an address", () => {
    const networks = ["10.0.0.0/8", "10.1.0.0/15", "10.1.2.3/32", "0.0.0.0/0", "2001:db8::/33", "2001:db8::1/128"];
    const index = new NetworkIndex<string>();
    for (const network of networks) index.add(parseNetwork(network)!, network);
    const of = (address: string) => found(index, parseAddress(address)!);
    expect(of("10.1.2.3")).toEqual(["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/15", "10.1.2.3/32"]);
    expect(of("10.2.0.1")).toEqual(["0.0.0.0/0", "10.0.0.0/8"]);
    expect(of("192.0.2.1")).toEqual(["0.0.0.0/0"]);
    expect(of("2001:db8::1")).toEqual(["2001:db8::/33", "2001:db8::1/128"]);
    expect(of("2001:db8:8000::1")).toEqual([]);
  });
});

test("a lookup returns the same lists for a value, even if the value is no longer cached", () => {
  const lookup = new Lookup<string>();
  lookup.add("value", "a", "one");
  lookup.add("prefix", "a", "two");
  const [first] = [lookup.find("a")];
  for (let i = 0; i < 5000; i++) expect(lookup.find(`b${i}`)).toEqual([]);
  expect(lookup.find("a")).toEqual([["one"], ["two"]]);
  expect(lookup.find("a").map((list, i) => list === first[i])).toEqual([true, true]);
});

test.each([
  ["values", new EqualIndex<string>()],
  ["prefixes", new PrefixIndex<string>(false)],
  ["suffixes", new PrefixIndex<string>(true)],
  ["pieces", new PieceIndex<string>()],
  ["networks", new NetworkIndex<string>()],
])("an index of %s has a list for each operand, with all its items", (kind, index) => {
  const operands = kind === "networks" ? ["10.0.0.0/8", "10.0.0.0/16", "fe80::/10"] : ["/etc/a", "/etc/ab", "/usr/a"];
  const lists = operands.map((operand) => [`${operand} one`, `${operand} two`]);
  for (const [i, operand] of operands.entries())
    for (const item of lists[i] ?? []) index.add(kind === "networks" ? (parseNetwork(operand) ?? "") : operand, item);
  expect([...index.lists()].sort()).toEqual(lists.sort());
});
