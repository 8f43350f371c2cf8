import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import { Baseline } from "./baseline.ts";
import type { FileState } from "./state.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-baseline-"));
afterAll(() => rmSync(folder, { recursive: true }));

const state: FileState = {
  ...{ type: "file", mode: 0o644, uid: 0, gid: 0, size: 5, mtime: 1, ctime: 1, inode: 7, links: 1 },
  ...{ target: undefined, capability: "", sha256: "a" },
};

test("keeps states by path, with any bytes in names, across a restart", () => {
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

test("reads the largest sizes, times and inodes, including in an existing file", () => {
  const file = join(folder, "large.db");
  const first = new Baseline(file);
  const year2300 = Date.parse("2300-01-01") * 1000;
  const states: FileState[] = [
    { ...state, mtime: year2300, sha256: undefined },
    { ...state, mtime: -year2300, ctime: year2300 },
    { ...state, mtime: 9e18, ctime: -9e18 },
    { ...state, mtime: 9e24, inode: 2 ** 64 },
    { ...state, inode: 2 ** 53 + 2, sha256: undefined },
    { ...state, size: 2 ** 63 - 2 ** 10, sha256: undefined },
  ];
  states.forEach((each, i) => void first.set(`/etc/${i}`, each));
  first.close();
  const second = new Baseline(file);
  expect(states.map((_, i) => second.get(`/etc/${i}`))).toEqual(states);
  expect([...second.entries("/etc").values()]).toEqual(states);
  expect(second.unhashed(100, "/", 10).map(({ path }) => path)).toEqual(["/etc/0", "/etc/4"]);
  second.close();
});

test("moves and removes a directory and everything below it, and nothing else", () => {
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

test("a file with damage in its pages is replaced", () => {
  const file = join(folder, "pages.db");
  const first = new Baseline(file);
  first.together(() => {
    for (let i = 0; i < 2000; i++) first.set(`/etc/${i}`, state);
  });
  first.close();
  const fd = openSync(file, "r+");
  writeSync(fd, Buffer.alloc(4096, 0xff), 0, 4096, 3 * 4096);
  closeSync(fd);
  const second = new Baseline(file);
  expect(second.size).toBe(0);
  second.close();
});

test("only the user can read the file, and the directory keeps its mode", () => {
  const shared = join(folder, "shared");
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  const file = join(shared, "private.db");
  writeFileSync(file, "", { mode: 0o644 });
  const baseline = new Baseline(file);
  baseline.set("/etc/a", state);
  for (const suffix of ["", "-wal", "-shm"]) expect(statSync(`${file}${suffix}`).mode & 0o777).toBe(0o600);
  expect(statSync(shared).mode & 0o7777).toBe(0o1777);
  baseline.close();
  symlinkSync(file, join(shared, "link.db"));
  expect(() => new Baseline(join(shared, "link.db"))).toThrow("ELOOP");
});

test("a file that another process has locked keeps its states", () => {
  const file = join(folder, "locked.db");
  const first = new Baseline(file);
  first.set("/etc/a", state);
  first.close();
  const other = new DatabaseSync(file);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  expect(() => new Baseline(file, 10)).toThrow("locked");
  other.exec("COMMIT");
  other.close();
  const second = new Baseline(file);
  expect(second.get("/etc/a")).toEqual(state);
  second.close();
});
