import { expect, test } from "vitest";
import { byteString } from "./bytes.ts";
import { Interner } from "./intern.ts";

function texts(limits?: { entries: number; bytes: number }): (text: string) => { text: string } {
  const interner = new Interner((bytes, from, to) => ({ text: byteString(bytes, from, to) }), limits);
  return (text) => {
    const bytes = new TextEncoder().encode(`--${text}--`);
    return interner.get(bytes, new DataView(bytes.buffer), 2, bytes.length - 2);
  };
}

test("equal bytes yield the same object, and different bytes yield different objects", () => {
  const intern = texts();
  const all = Array.from({ length: 5000 }, (_, i) => `/proc/${i}/stat`);
  const first = all.map(intern);
  expect(first.map(({ text }) => text)).toEqual(all);
  expect(new Set(first).size).toBe(all.length);
  const again = all.map(intern);
  const kept = again.filter((value, i) => value === first[i]).length;
  expect(kept).toBeGreaterThan(all.length * 0.99);
  expect(again.map(({ text }) => text)).toEqual(all);
});

test("texts that differ only in their last bytes or in length have different values", () => {
  const intern = texts();
  const all = ["", "a", "ab", "abc", "abcd", "abce", "abcdd", "abcdde", "abcddf"];
  expect(all.map((text) => intern(text).text)).toEqual(all);
  expect(intern("")).toBe(intern(""));
});

test("stays within its limits", () => {
  const intern = texts({ entries: 64, bytes: 1024 });
  const first = intern("first");
  expect(intern("first")).toBe(first);
  for (let i = 0; i < 1000; i++) expect(intern(`text ${i}`).text).toBe(`text ${i}`);
  expect(intern("first")).not.toBe(first);
  const long = "x".repeat(500);
  expect(intern(long)).not.toBe(intern(long)); // too long to be stored
});
