import { mkdtempSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder } from "./folder.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-folder-"));

it("creates a directory and its parents, accessible only to this user", () => {
  const path = join(folder, "a/b/c");
  makeFolder(path);
  makeFolder(path);
  for (const each of [path, join(folder, "a")]) expect(statSync(each).mode & 0o777).toBe(0o700);
});

it.each(["/proc/eyas/a/b", "/proc/1/eyas/a/b"])("fails without looping if no directory can be created: %s", (path) => {
  expect(() => makeFolder(path)).toThrow(/ENOENT|EACCES/);
});

it("fails if a file or a dangling link exists at the path", () => {
  writeFileSync(join(folder, "file"), "");
  symlinkSync("/proc/eyas/nothing", join(folder, "link"));
  expect(() => makeFolder(join(folder, "file/a/b"))).toThrow(/ENOTDIR|EEXIST/);
  expect(() => makeFolder(join(folder, "link/a/b"))).toThrow();
});
