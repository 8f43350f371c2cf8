import { expect, test } from "vitest";
import { padded, textWidth, truncated, widthOf, wrapped } from "./width.ts";

test.each([
  ["abc", 3],
  ["日本語", 6],
  ["ｆｕｌｌ", 8],
  ["한국", 4],
  ["e\u0301", 1],
  ["😀", 2],
  ["❤\ufe0f", 2],
  ["❤", 1],
  ["ä→…", 3],
  ["", 0],
])("%s occupies %i columns", (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test("text is wrapped at spaces, and longer words are split", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("a bcdefghij k", 4)).toEqual(["a", "bcde", "fghi", "j k"]);
  expect(wrapped("one two", 7, 3)).toEqual(["one", "two"]);
  expect(wrapped("", 7)).toEqual([""]);
});

test("a wide character is not split, even if the line is narrower than the character", () => {
  expect(wrapped("日本語", 5)).toEqual(["日本", "語"]);
  expect(wrapped("日本", 1)).toEqual(["日", "本"]);
});

test.each([1, 2, 3, 7, 40, 80])("all characters remain, and no line exceeds %i columns", (columns) => {
  const text = "日本 e\u0301e\u0301e\u0301 a😀b /a/very/long/path/of/日本語/files x  y".repeat(5);
  const lines = wrapped(text, columns);
  expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(Math.max(2, columns));
});

test("text is truncated and padded by columns", () => {
  expect(truncated("日本語", 5)).toBe("日本…");
  expect(truncated("日本語", 6)).toBe("日本語");
  expect(truncated("abc", 1)).toBe("…");
  expect(padded("日本", 6)).toBe("日本  ");
  expect(padded("日本語", 4)).toBe("日… ");
});

test("the width of a terminal without a size is unknown", () => {
  expect(widthOf({ isTTY: true, columns: 0 })).toBeUndefined();
  expect(widthOf({ isTTY: true, columns: 80 })).toBe(80);
  expect(widthOf({ isTTY: false, columns: 80 })).toBeUndefined();
});
