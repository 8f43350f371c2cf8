import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { Tree } from "./tree.ts";

let folder = "";
const mounted = (): string => join(folder, "mounted");

function run(...words: readonly string[]): void {
  const { status, stderr } = spawnSync(words[0]!, words.slice(1), { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-tree-"));
});
afterEach(() => {
  spawnSync("umount", [mounted()]);
  rmSync(folder, { recursive: true, force: true });
});

test("the reason for a file system without file handles is stated", needs("root", "mount namespaces"), () => {
  for (const name of ["lower/etc", "upper", "work", "mounted"]) mkdirSync(join(folder, name), { recursive: true });
  const layers = `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work,nfs_export=off,index=off`;
  run("mount", "-t", "overlay", "-o", layers, "eyas-tree", mounted());
  const tree = new Tree(undefined, [], { maxDirectories: 10, maxFiles: 10, isExcluded: () => false });
  const directory = join(mounted(), "etc");
  expect(tree.add(directory)).toBe(false);
  expect(tree.failure).toBe(`${directory} (its file system has no file handles)`);
  expect(tree.add(join(folder, "lower/etc"))).toBe(true);
});
