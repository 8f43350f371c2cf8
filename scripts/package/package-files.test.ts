import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import type { LockedPackage } from "./lock.ts";
import { isLegal, isShipped, openArchives } from "./package-files.ts";
import { tar } from "./tar.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-archives-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns a package whose archive is in the directory of downloads. */
function packageWith(name: string, paths: readonly string[]): LockedPackage {
  const files = paths.map((path) => ({ path, mode: 0o644, content: Buffer.from(path) }));
  const archive = gzipSync(tar(files, 0));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replace("@", "").replace("/", "-")}-1.0.0.tgz`), archive);
  const sha512 = createHash("sha512").update(archive).digest("base64");
  return { name, folder: `node_modules/${name}`, version: "1.0.0", license: "MIT", sha512, needs: [] };
}

test("files that Node.js loads and legal texts are taken from the archive of a package", () => {
  const one = packageWith("@a/b", ["package/b.js", "package/a.d.ts", "package/LICENSE.md", "package/test/x.js"]);
  const files = openArchives([one], folder).filesOf(one);
  expect(files.map(({ path, content }) => [path, content.toString()])).toEqual([
    ["LICENSE.md", "package/LICENSE.md"],
    ["b.js", "package/b.js"],
  ]);
});

test("an archive with another hash, and one with a path outside of the package, are rejected", () => {
  const one = packageWith("changed", ["package/a.js"]);
  packageWith("changed", ["package/a.js", "package/b.js"]);
  expect(() => openArchives([one], folder).filesOf(one)).toThrow("differs from the hash of changed");
  const outside = packageWith("outside", ["package/../../a.js"]);
  expect(() => openArchives([outside], folder).filesOf(outside)).toThrow(
    "The archive of outside has package/../../a.js",
  );
});

test.each([
  ["index.js", true],
  ["lib/a.test.js", true], // kafkajs loads such a file
  ["bin/node", true],
  ["linux_x64/koffi.node", true],
  ["musl_x64/koffi.node", false],
  ["tests/a.js", false],
  ["index.d.ts", false],
  ["README.md", false],
])("%s is shipped: %s", (path, shipped) => {
  expect(isShipped(path)).toBe(shipped);
});

test("code is not a legal text", () => {
  expect(["LICENSE", "LICENCE.txt", "NOTICE", "license.js", "src/LICENSE"].filter(isLegal)).toEqual([
    "LICENSE",
    "LICENCE.txt",
    "NOTICE",
  ]);
});
