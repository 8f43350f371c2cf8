import { expect, test } from "vitest";
import { coloredParts } from "./colored.ts";

test.each([
  ["shadow", [["name", "shadow"]]],
  [
    'proc.name = bash and "a b"',
    [
      ["field", "proc.name"],
      [undefined, " "],
      ["operator", "="],
      [undefined, " "],
      ["name", "bash"],
      [undefined, " "],
      ["operator", "and"],
      [undefined, " "],
      ["string", '"a b"'],
    ],
  ],
  [
    "fd.name:/etc 12",
    [
      ["field", "fd.name"],
      ["operator", ":"],
      [undefined, "/"],
      ["name", "etc"],
      [undefined, " "],
      ["number", "12"],
    ],
  ],
  [
    "rule: x or priority>=error",
    [
      ["field", "rule"],
      ["operator", ":"],
      [undefined, " "],
      ["name", "x"],
      [undefined, " "],
      ["operator", "or"],
      [undefined, " "],
      ["field", "priority"],
      ["operator", ">="],
      ["name", "error"],
    ],
  ],
  ["", []],
])("the parts of %j have kinds", (query, parts) => {
  expect(coloredParts(query).map(({ kind, text }) => [kind, text])).toEqual(parts);
});

test("the parts of a query are the query", () => {
  for (const query of ['"open', "a  b\t", "priority >= error (x", "😀 proc.name=\u202ex", "((((", "= = ="])
    expect(
      coloredParts(query)
        .map(({ text }) => text)
        .join(""),
    ).toBe(query);
});
