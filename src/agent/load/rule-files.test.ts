import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { contentOf } from "./file-watch.ts";
import { readRuleFiles } from "./rule-files.ts";

const root = mkdtempSync(join(tmpdir(), "eyas-rule-files-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
let folder = "";
beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
});

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

/** The names of the files that are read, and the messages about files that cannot be read. */
function read(): string[] {
  const { files, unreadable } = readRuleFiles([folder]);
  return [...files.map(({ name }) => basename(name)), ...unreadable.map(({ message }) => message)];
}

test("symbolic links without a target, such as locks of Emacs, do not prevent reading a directory", () => {
  write("local.yaml", "[]");
  symlinkSync("user@host.1234:1", join(folder, ".#local.yaml"));
  symlinkSync("loop.yaml", join(folder, "loop.yaml"));
  mkdirSync(join(folder, "folder.yaml"));
  expect(read()).toEqual(["local.yaml"]);
  const before = contentOf([folder]);
  write("local.yaml", "- list: a\n");
  expect(contentOf([folder])).not.toBe(before);
});

test("rule tests in a directory are skipped, and rule files with the name of a test are read", () => {
  write("a.yaml", "- list: a\n");
  write("a.test.yaml", "# tests\n---\nrules: [a.yaml]\ncases:\n- name: x\n");
  write("json.test.yaml", '{"cases": []}');
  write("empty.test.yml", "# nothing\n");
  write("b.test.yaml", "# rules\n\n---\n  - list: b\n    items: [x]\n");
  write("c.test.yml", '[{"list": "c"}]');
  expect(read()).toEqual(["a.yaml", "b.test.yaml", "c.test.yml"]);
});
