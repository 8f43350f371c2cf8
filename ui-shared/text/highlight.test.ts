import { expect, it } from "vitest";
import { freeText } from "../../src/query/words.ts";
import { highlightedParts } from "./highlight.ts";

/** The text with found parts in brackets. */
const marked = (text: string, search: string): string =>
  highlightedParts(text, freeText(search))
    .map(({ text: part, found }) => (found ? `[${part}]` : part))
    .join("");

it.each([
  ["cat read /etc/shadow", "shadow", "cat read /etc/[shadow]"],
  ["Shadow SHADOW shadows", "shadow", "[Shadow] [SHADOW] shadows"],
  ["curl curly cur", "cur*", "[curl] [curly] [cur]"],
  ["read the file, the file read", '"the file"', "read [the file], [the file] read"],
  ["a b c", "b a", "[a] [b] c"],
  ["über Über", "ÜBER", "[über] [Über]"],
  ["x --- y", "---", "x [---] y"],
  ["<b>bold</b>", "b", "<[b]>bold</[b]>"],
  ["the file name", '"the file" "file name"', "[the file] name"],
  ["nothing", "else", "nothing"],
  ["", "else", ""],
  ["text", "", "text"],
])("%j searched for %j: %s", (text, search, expected) => {
  expect(marked(text, search)).toBe(expected);
});

it("a hostile text or search has a limited number of parts", () => {
  expect(highlightedParts("a ".repeat(100_000), freeText("a")).length).toBeLessThan(300);
  expect(highlightedParts("-".repeat(100_000), freeText("-")).length).toBeLessThan(300);
  const many = freeText(Array.from({ length: 500 }, (_, i) => `w${i}`).join(" "));
  expect(highlightedParts("w0 w400", many).map(({ found }) => found)).toEqual([true, false]);
});

it("no character is lost", () => {
  const text = "\u001b[31m e\u0301 \ud800 a\u202eb a";
  expect(
    highlightedParts(text, freeText("a e*"))
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});
