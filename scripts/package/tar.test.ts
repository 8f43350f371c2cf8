import { expect, test } from "vitest";
import { ar, readAr } from "./ar.ts";
import { type Entry, readTar, tar, withFolders } from "./tar.ts";

const file = (path: string, text = "x", mode = 0o644): Entry => ({ path, mode, content: Buffer.from(text) });

test("entries are sorted by the bytes of their paths, with the directories above them", () => {
  const entries = withFolders([file("b/c/d"), file("b-a"), file("a"), { path: "b/c", mode: 0o700, folder: true }]);
  expect(entries.map(({ path }) => path)).toEqual(["a", "b", "b-a", "b/c", "b/c/d"]);
  expect(readTar(tar(entries, 7)).map(({ path, mode }) => [path, mode])).toEqual([
    ["a", 0o644],
    ["b", 0o755],
    ["b-a", 0o644],
    ["b/c", 0o700],
    ["b/c/d", 0o644],
  ]);
});

test("the order of the entries has no effect", () => {
  const entries = [file("x/y", "1"), { path: "l", target: "x/y" }, file("x/z", "2")];
  expect(tar(entries, 7)).toEqual(tar(entries.toReversed(), 7));
});

test("all entries have the same time, and numeric owners", () => {
  const read = readTar(tar([file("x/y"), { path: "l", target: "x/y" }], 1_700_000_000, "./"));
  expect(read.map(({ path, type, target }) => [path, type, target])).toEqual([
    ["./l", "link", "x/y"],
    ["./x", "folder", ""],
    ["./x/y", "file", ""],
  ]);
  expect(new Set(read.map(({ owner, mtime }) => `${owner}${mtime}`))).toEqual(new Set(["0:0 :1700000000"]));
});

test("a path of up to 256 bytes is split, a longer one is an error", () => {
  const long = `${"a".repeat(99)}/${"b".repeat(50)}/${"c".repeat(100)}`;
  expect(readTar(tar([file(long)], 0)).at(-1)?.path).toBe(long);
  expect(() => tar([file("x".repeat(101))], 0)).toThrow("too long");
  expect(() => tar([{ path: "l", target: "x".repeat(101) }], 0)).toThrow("too long");
});

test("two entries with the same path are an error", () => {
  expect(() => tar([file("a"), file("a", "y")], 0)).toThrow("Two entries have the same path: a.");
});

test("a path in an extended header belongs to the next entry", () => {
  const long = `package/${"x".repeat(200)}`;
  const record = `${`path=${long}`.length + 5} path=${long}\n`;
  const archive = tar([file("a", record), file("b", "content"), file("c")], 0);
  archive.write("x", 156); // overwrites the type of the first entry
  expect(readTar(archive).map(({ path }) => path)).toEqual([long, "c"]);
});

test("a truncated archive is an error", () => {
  expect(() => readTar(tar([file("a", "x".repeat(2000))], 0).subarray(0, 1000))).toThrow(/truncated|unknown/);
});

test("members of an ar archive with an odd size are padded", () => {
  const members = [
    { name: "one", content: Buffer.from("1") },
    { name: "three", content: Buffer.from("123") },
  ];
  expect(readAr(ar(members, 1_700_000_000))).toEqual(members);
});
