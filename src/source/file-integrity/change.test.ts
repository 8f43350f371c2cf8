import { expect, test } from "vitest";
import { compare, isSame } from "./change.ts";
import type { FileState } from "./state.ts";

const file: FileState = {
  ...{ type: "file", mode: 0o644, uid: 0, gid: 0, size: 5, mtime: 1, ctime: 1, inode: 7, links: 1 },
  ...{ capability: "", sha256: "a" },
};
const nothing = { created: false, written: false, renamed: false };

test.each([
  ["content of the same size", { sha256: "b", mtime: 2 }, "modified", ["content", "times"]],
  ["another inode with the same content", { inode: 8 }, "replaced", []],
  ["mode", { mode: 0o4755 }, "metadata", ["mode"]],
  ["owner and group", { uid: 1, gid: 1 }, "metadata", ["owner", "group"]],
  ["capabilities", { capability: "0100" }, "metadata", ["capability"]],
  ["a hard link", { links: 2 }, "metadata", ["links"]],
  ["times alone", { mtime: 2 }, "metadata", ["times"]],
  ["a link instead of the file", { type: "symlink", inode: 8, target: "/x" }, "replaced", ["type", "target"]],
] as const)("%s", (_, change, kind, differences) => {
  expect(compare(file, { ...file, ...change }, nothing)).toEqual({ kind, differences });
});

test("a file that is not hashed is compared by size and time", () => {
  const large = { ...file, sha256: undefined };
  expect(compare(large, { ...large, mtime: 2 }, nothing)?.kind).toBe("modified");
  expect(compare(large, large, nothing)).toBeUndefined();
});

test("content that was written and restored is a change", () => {
  expect(compare(file, { ...file, mtime: 2 }, { ...nothing, written: true })?.kind).toBe("rewritten");
});

test("a file that exists for a moment is a change only if it was created", () => {
  expect(compare(undefined, undefined, { ...nothing, created: true })?.kind).toBe("temporary");
  expect(compare(undefined, undefined, nothing)).toBeUndefined();
});

test("a different inode alone is not a change of a file or link", () => {
  const link: FileState = { ...file, type: "symlink", target: "bash", sha256: undefined };
  for (const state of [file, link]) expect(isSame(state, { ...state, inode: 8, mtime: 9 })).toBe(true);
});

test.each([
  ["another name of the new file", { inode: 8, links: 2 }],
  ["content", { inode: 8, sha256: "b" }],
  ["a content that is not hashed", { inode: 8, sha256: undefined }],
  ["mode", { inode: 8, mode: 0o666 }],
  ["a link instead of the file", { type: "symlink", inode: 8, target: "/x" }],
] as const)("a difference: %s", (_, change) => {
  expect(isSame(file, { ...file, ...change })).toBe(false);
});
