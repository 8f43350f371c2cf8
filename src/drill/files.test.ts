import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openFiles } from "./files.ts";

const machine = mkdtempSync(join(tmpdir(), "eyas-machine-"));
const program = join(machine, "program");
const files = openFiles();
afterEach(() => {
  files.remove();
  rmSync(machine, { recursive: true, force: true });
});

test("a file with the name of an earlier alias does not change the program of the alias", () => {
  writeFileSync(program, "content");
  const other = join(machine, "other");
  copyFileSync(program, other);
  files.alias("report", program);
  writeFileSync(files.path("report"), "");
  files.alias("report", program);
  files.file("report", "");
  files.alias("report", program);
  files.copy("report", other);
  expect(readFileSync(program, "utf8")).toBe("content");
});

test("a hidden directory outside the drill's directory is removed with its content", () => {
  const hidden = files.hidden("cache");
  mkdirSync(join(hidden, "inner"), { recursive: true });
  files.remove();
  expect(existsSync(hidden)).toBe(false);
});

test("a file in a system directory is named after the drill, and is removed", () => {
  mkdirSync(machine, { recursive: true });
  const path = files.system(machine, "job");
  expect(path).toMatch(/\/eyas-drill-[^/]+-job$/);
  writeFileSync(path, "");
  files.remove();
  expect(existsSync(path)).toBe(false);
});
