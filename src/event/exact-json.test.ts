import { expect, test } from "vitest";
import { seeded } from "../../test/damaged/random.ts";
import { keepWritten, parseExact, wholeAsBigInt, wholeAsText } from "./exact-json.ts";

/** Parses with a reviver that gets the source of each number: slow, but simple. */
function withReviver(text: string, convert: (written: string) => unknown): unknown {
  const parse: (
    text: string,
    reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
  ) => unknown = JSON.parse;
  return parse(text, (_key, value, context) =>
    typeof value === "number" && context?.source !== undefined ? (convert(context.source) ?? value) : value,
  );
}

/** Returns the value or the error message. */
function outcome(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : error;
  }
}

test.each([
  ["1234567890123456789", 1234567890123456789n],
  ["[9007199254740991,9007199254740992,-9007199254740992]", [9007199254740991, 9007199254740992n, -9007199254740992n]],
  ['{"a":{"b":[1,12345678901234567890]}}', { a: { b: [1, 12345678901234567890n] } }],
  [
    '["1234567890123456789","\\"12345678901234567","\\\\",12345678901234567]',
    ["1234567890123456789", '"12345678901234567', "\\", 12345678901234567n],
  ],
  ["0.1234567890123456789", 0.12345678901234568],
  ["12345678901234567e0", 1.2345678901234568e16],
  [" 12345678901234567 ", 12345678901234567n],
])("reads %s without losing digits", (text, value) => {
  expect(parseExact(text, wholeAsBigInt)).toEqual(value);
});

test("keeps the properties of an object, including __proto__", () => {
  const value = parseExact('{"__proto__":12345678901234567,"a":1}', wholeAsBigInt);
  expect(Object.entries(Object(value))).toEqual([
    ["__proto__", 12345678901234567n],
    ["a", 1],
  ]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});

test.each(["1.0", "1e5", "-0", "0.10", "12345678901234567890", "1E+2"])("writes %s as it was read", (number) => {
  expect(JSON.stringify(parseExact(`{"a":[${number},"x"]}`, keepWritten))).toBe(`{"a":[${number},"x"]}`);
});

test("returns integers that are not exact as text", () => {
  expect(parseExact("[1,1.5,12345678901234567,1e300]", wholeAsText)).toEqual([1, 1.5, "12345678901234567", "1e300"]);
});

test.each([
  "012345678901234567",
  "{12345678901234567:1}",
  "{ 12345678901234567 :1}",
  "[12345678901234567 1]",
  '"a"12345678901234567',
  "12345678901234567.",
  "12345678901234567-1",
  "[12345678901234567",
  "12345678901234567 ]",
  '["12345678901234567,1]',
])("rejects %s with the message of JSON.parse", (text) => {
  expect(outcome(() => parseExact(text, wholeAsBigInt))).toEqual(outcome(() => JSON.parse(text)));
});

test("reads an integer with a million digits as a number", () => {
  expect(parseExact("9".repeat(1_000_000), wholeAsBigInt)).toBe(Number.POSITIVE_INFINITY);
});

test("reads a million levels of nesting", () => {
  const levels = 1_000_000;
  let value = parseExact(`${"[".repeat(levels)}12345678901234567${"]".repeat(levels)}`, wholeAsBigInt);
  while (Array.isArray(value)) value = value[0];
  expect(value).toBe(12345678901234567n);
});

test("reads random texts, valid or invalid, like a reviver", () => {
  const random = seeded(1);
  const tokens = [
    ...'[]{}:,"\\ \n-+.eE019u',
    ...['"a"', '"12345678901234567"', "12345678901234567", "-12345678901234567890", "1.0", "1e5", "-0", "true", "null"],
    ...['"a":', "[1,", "{", "}", "1,"],
  ];
  const pick = (): string => tokens[random.below(tokens.length)] ?? "";
  const valid = (levels: number): string => {
    const kind = random.below(levels === 0 ? 4 : 6);
    if (kind < 3) return ["12345678901234567", "1.50", "-0", "7", '"8e8"', "123456789012345.25"][random.below(6)] ?? "";
    if (kind === 3) return JSON.stringify(Array.from({ length: random.below(6) }, pick).join(""));
    const items = Array.from({ length: random.below(5) }, () => valid(levels - 1));
    return kind === 4 ? `[${items.join(" ,")}]` : `{${items.map((item, i) => `"${i}" : ${item}`).join(",")}}`;
  };
  for (let i = 0; i < 20_000; i++) {
    let text = valid(3);
    if (i % 2 === 0) {
      const at = random.below(text.length);
      text = `${text.slice(0, at)}${pick()}${text.slice(at + random.below(3))}`;
    }
    for (const convert of [wholeAsBigInt, wholeAsText, keepWritten])
      expect([text, outcome(() => parseExact(text, convert))]).toEqual([
        text,
        outcome(() => withReviver(text, convert)),
      ]);
  }
});
