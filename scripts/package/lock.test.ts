import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lockedPackages } from "./lock.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

const locked = { version: "1.0.0", license: "MIT", integrity: "sha512-AAAA" };
function foldersOf(packages: Readonly<Record<string, object>>, cpu: string, ...names: readonly string[]): string[] {
  const file = join(folder, "package-lock.json");
  writeFileSync(file, JSON.stringify({ packages }));
  return lockedPackages(file, names, { os: "linux", cpu }).map((one) => one.folder);
}

test("packages are found as Node.js finds them: the nearest one, with its dependencies", () => {
  const packages = {
    "node_modules/a": { ...locked, dependencies: { b: "1", c: "1" } },
    "node_modules/a/node_modules/b": { ...locked, dependencies: { c: "1" } },
    "node_modules/b": locked,
    "node_modules/c": { ...locked, dependencies: { a: "1" } },
    "node_modules/unused": locked,
  };
  expect(foldersOf(packages, "x64", "a")).toEqual([
    "node_modules/a",
    "node_modules/a/node_modules/b",
    "node_modules/c",
  ]);
});

test("packages for other platforms and absent optional ones are omitted", () => {
  const needs = { "@k/linux-x64": "1", "@k/linux-arm64": "1", "@k/win32-x64": "1", "@k/gone": "1" };
  const packages = {
    "node_modules/k": { ...locked, dependencies: needs, optionalDependencies: needs },
    "node_modules/@k/linux-x64": { ...locked, os: ["linux"], cpu: ["x64"] },
    "node_modules/@k/linux-arm64": { ...locked, os: ["linux"], cpu: ["arm64"] },
    "node_modules/@k/win32-x64": { ...locked, os: ["!linux"], cpu: ["x64"] },
  };
  expect(foldersOf(packages, "arm64", "k")).toEqual(["node_modules/@k/linux-arm64", "node_modules/k"]);
});

test("a package that is missing or has no hash is an error", () => {
  expect(() => foldersOf({ "node_modules/a": { ...locked, dependencies: { b: "1" } } }, "x64", "a")).toThrow(
    "package-lock.json has no b, which node_modules/a needs; run 'npm install'.",
  );
  expect(() => foldersOf({ "node_modules/a": { version: "1.0.0" } }, "x64", "a")).toThrow("SHA-512 of node_modules/a");
});
