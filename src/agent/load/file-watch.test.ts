import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contentOf, type FileWatch, type FileWatchOptions, type Watched, watchFiles } from "./file-watch.ts";

let folder = "";
let changes = 0;
let files: FileWatch | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-files-"));
  changes = 0;
});

afterEach(() => {
  files?.close();
  rmSync(folder, { recursive: true });
});

const at = (...names: readonly string[]) => join(folder, ...names);

async function follow(paths: readonly Watched[], options: FileWatchOptions = {}): Promise<void> {
  files = watchFiles(() => changes++, options);
  files.follow(paths, contentOf(paths));
  await sleep(200);
  expect(changes).toBe(0);
}

/** Waits for pending changes. Returns the number of changes reported since the last call. */
async function changed(): Promise<number> {
  await sleep(350);
  const seen = changes;
  changes = 0;
  return seen;
}

test("a file written in several steps is reported once", async () => {
  writeFileSync(at("a.yaml"), "one");
  await follow([at("a.yaml")]);
  for (const text of ["two", "three", "four"]) writeFileSync(at("a.yaml"), text);
  expect(await changed()).toBe(1);
});

test("a replaced file is still watched", async () => {
  writeFileSync(at("a.yaml"), "one");
  await follow([at("a.yaml")]);
  for (const text of ["two", "three"]) {
    writeFileSync(at(".a.yaml.swp"), text);
    renameSync(at(".a.yaml.swp"), at("a.yaml"));
    expect(await changed()).toBe(1);
  }
});

test("changes of other files and writes of unchanged content are not reported", async () => {
  writeFileSync(at("a.yaml"), "one");
  await follow([at("a.yaml")]);
  writeFileSync(at("a.yaml~"), "backup");
  writeFileSync(at("4913"), "");
  rmSync(at("4913"));
  writeFileSync(at("a.yaml"), "one");
  expect(await changed()).toBe(0);
});

test("a change of a ConfigMap's symbolic link is reported", async () => {
  for (const [version, text] of [
    ["..1", "one"],
    ["..2", "two"],
  ] as const) {
    mkdirSync(at(version));
    writeFileSync(at(version, "a.yaml"), text);
  }
  symlinkSync("..1", at("..data"));
  symlinkSync("..data/a.yaml", at("a.yaml"));
  await follow([at("a.yaml")]);
  symlinkSync("..2", at("..data_tmp"));
  renameSync(at("..data_tmp"), at("..data"));
  expect(await changed()).toBe(1);
  writeFileSync(at("..2", "a.yaml"), "three");
  expect(await changed()).toBe(1);
});

test("creation, change and removal of a file in a directory are reported", async () => {
  mkdirSync(at("rules.d"));
  await follow([at("rules.d")]);
  writeFileSync(at("rules.d", "a.yaml"), "one");
  expect(await changed()).toBe(1);
  writeFileSync(at("rules.d", "notes.txt"), "no rules");
  expect(await changed()).toBe(0);
  writeFileSync(at("rules.d", "a.yaml"), "two");
  expect(await changed()).toBe(1);
  rmSync(at("rules.d", "a.yaml"));
  expect(await changed()).toBe(1);
});

test("any new file in a directory in config_files is reported", async () => {
  mkdirSync(at("falco.d"));
  await follow([{ config: at("falco.d") }]);
  writeFileSync(at("falco.d", "10-more.conf"), "json_output: true");
  expect(await changed()).toBe(1);
  writeFileSync(at("falco.d", "10-more.conf"), "json_output: false");
  expect(await changed()).toBe(1);
});

test("a missing file is reported when it is created, removed with its directory, and created again", async () => {
  await follow([at("etc", "local", "a.yaml")]);
  for (let i = 0; i < 2; i++) {
    mkdirSync(at("etc", "local"), { recursive: true });
    await sleep(200);
    writeFileSync(at("etc", "local", "a.yaml"), "one");
    expect(await changed()).toBe(1);
    rmSync(at("etc"), { recursive: true });
    expect(await changed()).toBe(1);
  }
});

test("continuous writes to another file do not hide a change", async () => {
  writeFileSync(at("a.yaml"), "one");
  await follow([at("a.yaml")]);
  writeFileSync(at("a.yaml"), "two");
  for (let i = 0; i < 40; i++) {
    writeFileSync(at("log"), String(i), { flag: "a" });
    await sleep(40);
  }
  expect(changes).toBe(1);
});

test("a changed symbolic link to a parent directory is found by a comparison", async () => {
  for (const name of ["one", "two"]) {
    mkdirSync(at(name, "rules"), { recursive: true });
    writeFileSync(at(name, "rules", "a.yaml"), name);
  }
  symlinkSync("one", at("current"));
  await follow([at("current", "rules", "a.yaml")], { compareEvery: 50 });
  symlinkSync("two", at("next"));
  renameSync(at("next"), at("current"));
  await expect.poll(() => changes).toBe(1);
  writeFileSync(at("two", "rules", "a.yaml"), "three");
  await expect.poll(() => changes).toBe(2);
});

test("changes are reported after the watch is closed and opened again", async () => {
  writeFileSync(at("a.yaml"), "one");
  const paths = [at("a.yaml")];
  files = watchFiles(() => changes++);
  files.follow(paths, contentOf(paths));
  files.close();
  await sleep(600);
  files.follow(paths, contentOf(paths));
  writeFileSync(at("a.yaml"), "two");
  expect(await changed()).toBe(1);
});
