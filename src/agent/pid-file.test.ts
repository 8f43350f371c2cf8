import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { writePidFile } from "./pid-file.ts";

const root = mkdtempSync(join(tmpdir(), "eyas-pid-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let file = "";
beforeEach(() => {
  file = join(mkdtempSync(join(root, "x-")), "eyas.pid");
});

it("contains the process ID while the agent runs", () => {
  const pidFile = writePidFile(file);
  expect(readFileSync(file, "latin1")).toBe(`${process.pid}\n`);
  pidFile.remove();
  expect(existsSync(file)).toBe(false);
});

it("replaces the file of an earlier process, and an empty file", () => {
  for (const content of ["4711\n", ""]) {
    writeFileSync(file, content);
    writePidFile(file);
    expect(readFileSync(file, "latin1")).toBe(`${process.pid}\n`);
  }
});

it("does not follow a symbolic link, even if its target does not exist", () => {
  const target = join(root, "target");
  writeFileSync(target, "precious\n");
  for (const to of [target, join(root, "none")]) {
    rmSync(file, { force: true });
    symlinkSync(to, file);
    expect(() => writePidFile(file)).toThrow(`${file} is a symbolic link`);
  }
  expect(readFileSync(target, "utf8")).toBe("precious\n");
  expect(existsSync(join(root, "none"))).toBe(false);
});

it("does not replace a file with other content, or a directory", () => {
  writeFileSync(file, "root:x:0:0\n");
  expect(() => writePidFile(file)).toThrow(`${file} does not contain a process ID`);
  expect(() => writePidFile(root)).toThrow(`${root} is not a regular file`);
  expect(readFileSync(file, "utf8")).toBe("root:x:0:0\n");
});

it("does not remove the file of another process", () => {
  const pidFile = writePidFile(file);
  rmSync(file);
  writeFileSync(file, "4711\n");
  pidFile.remove();
  expect(readFileSync(file, "latin1")).toBe("4711\n");
});

it("does not replace a file of another user", needs("root"), () => {
  writeFileSync(file, "1\n");
  chownSync(file, 1234, 1234);
  expect(() => writePidFile(file)).toThrow(`${file} belongs to user 1234`);
});
