import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Baseline } from "./baseline.ts";
import type { FileState } from "./state.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-baseline-"));
afterAll(() => rmSync(folder, { recursive: true }));

const state: FileState = {
  ...{ type: "file", mode: 0o644, uid: 0, gid: 0, size: 5, mtime: 1, ctime: 1, inode: 7, links: 1 },
  ...{ target: undefined, capability: "", sha256: "a" },
};

test("keeps states by path, with names of any bytes, over a restart", () => {
  const file = join(folder, "states.db");
  const first = new Baseline(file);
  const names = ["/etc/a", "/etc/new\nline", "/etc/\xff\xfe", `/etc/${"x".repeat(255)}`];
  for (const name of names) first.set(name, state);
  first.close();
  const second = new Baseline(file);
  for (const name of names) expect(second.get(name)).toEqual(state);
  expect(second.entries("/etc").size).toBe(names.length);
  second.close();
});

test("moves and removes a directory with all below it, and nothing beside it", () => {
  const baseline = new Baseline(join(folder, "trees.db"));
  for (const path of ["/a/b/file", "/a/b/c/file", "/a/bb/file"]) baseline.set(path, state);
  baseline.moveTree("/a/b", "/z");
  expect(["/z/file", "/z/c/file", "/a/bb/file"].map((path) => baseline.get(path)?.inode)).toEqual([7, 7, 7]);
  expect(baseline.get("/a/b/file")).toBeUndefined();
  baseline.removeTree("/z");
  expect(["/z/file", "/z/c/file", "/a/bb/file"].map((path) => baseline.get(path)?.inode)).toEqual([
    undefined,
    undefined,
    7,
  ]);
  baseline.close();
});

test("a damaged file is replaced", () => {
  const file = join(folder, "damaged.db");
  writeFileSync(file, "x".repeat(8192));
  const baseline = new Baseline(file);
  baseline.set("/etc/a", state);
  expect(baseline.size).toBe(1);
  baseline.close();
});
