import { expect, test } from "vitest";
import { openFrames } from "./frames.ts";

function cut(text: string, size: number, most = 20): string[] {
  const seen: string[] = [];
  const frames = openFrames(
    most,
    (bytes) => seen.push(Buffer.from(bytes).toString("latin1")),
    () => seen.push("(too long)"),
  );
  for (let at = 0; at < text.length; at += size) frames.push(Buffer.from(text.slice(at, at + size), "latin1"));
  frames.end();
  return seen;
}

test("splits messages with octet counting and messages with line feeds, mixed, in any chunks", () => {
  const text = "5 <1>ab<13>two\n7 <2>c\nd\n3 <3><4>last\n2026-01-01 no length\n12";
  for (let size = 1; size <= text.length; size++)
    expect(cut(text, size)).toEqual(["<1>ab", "<13>two", "<2>c\nd\n", "<3>", "<4>last", "2026-01-01 no length"]);
});

test("a message that is too long is skipped, and an excessive number is not regarded as a length", () => {
  const text = `30 ${"x".repeat(30)}3 <1>${"y".repeat(40)}\n<2>z\n99999999 a\n`;
  for (const size of [1, 7, 1000])
    expect(cut(text, size)).toEqual(["(too long)", "<1>", "(too long)", "<2>z", "99999999 a"]);
});
