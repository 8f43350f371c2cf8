import { describe, expect, it } from "vitest";
import { compact, size } from "./number.ts";
import { summaryOf } from "./summary.ts";
import { memberTexts } from "./value.ts";
import { pieces, visible } from "./visible.ts";

// The path is not a literal, so that TypeScript does not apply the types of the browser to the whole program.
const { durationText }: { durationText(seconds: number): string } = await import(`${import.meta.dirname}/clock.ts`);

describe("members of a field value", () => {
  it.each([
    [
      ["/etc/a", "/etc/b"],
      ["/etc/a", "/etc/b"],
    ],
    [
      [1, null],
      ["1", ""],
    ],
    [[], [""]],
    ["a, b", ["a, b"]],
    [7, ["7"]],
    [null, [""]],
  ])("%j", (value, texts) => {
    expect(memberTexts(value)).toEqual(texts);
  });
});

describe("untrusted text", () => {
  it.each([
    ["plain ascii, ümlauts, 日本語 and 🦅", "plain ascii, ümlauts, 日本語 and 🦅"],
    ["\u001b[31mred", "\\x1b[31mred"],
    ["a\u202eb\u2066c", "a\\u202eb\\u2066c"],
    ["zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"],
    ["line\nline\u2028line", "line\\x0aline\\u2028line"],
    ["half \ud800 of a pair", "half \\ud800 of a pair"],
    ["tag \u{e0041}", "tag \\u{e0041}"],
    ["<b>bold</b>", "<b>bold</b>"],
  ])("%j is shown with invisible characters escaped", (text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(
      pieces(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(shown);
  });

  it("escapes are distinguished from the same characters in the text", () => {
    expect(pieces("\\x1b\u001b")).toEqual([
      { text: "\\x1b", escaped: false },
      { text: "\\x1b", escaped: true },
    ]);
  });
});

it.each([
  ["cat read /etc/shadow | file=/etc/shadow user=root", "cat read /etc/shadow"],
  ["no list of values", "no list of values"],
  [" | only a list", " | only a list"],
])("the summary of %j is %j", (output, summary) => {
  expect(summaryOf(output)).toBe(summary);
});

it("numbers, sizes and durations are abbreviated", () => {
  expect([compact(9999), compact(12_345_678), size(999), size(1500), size(319_000)]).toEqual([
    "9,999",
    "12.3M",
    "999 B",
    "1.5 kB",
    "319 kB",
  ]);
  expect([durationText(0), durationText(0.0123), durationText(59), durationText(90), durationText(90_000)]).toEqual([
    "0 s",
    "12 ms",
    "59 s",
    "1 min",
    "1 d",
  ]);
});
