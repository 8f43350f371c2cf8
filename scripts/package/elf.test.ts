import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { neededVersions } from "./elf.ts";

test("a program requires the library versions that rpmbuild finds", needs("rpmbuild"), () => {
  for (const program of [realpathSync("/bin/sh"), process.execPath]) {
    const found = execFileSync("/usr/lib/rpm/elfdeps", ["--requires", program], { encoding: "utf8" });
    const versions = neededVersions(readFileSync(program)).map((one) => `${one.library}(${one.version})(64bit)`);
    expect(versions.length).toBeGreaterThan(0);
    expect(versions.sort()).toEqual(
      found
        .split("\n")
        .filter((line) => /\([A-Z].*\)\(64bit\)$/.test(line))
        .sort(),
    );
  }
});

test("other files require nothing, and a truncated program is an error", () => {
  expect(neededVersions(Buffer.from("#!/bin/sh\n"))).toEqual([]);
  expect(neededVersions(Buffer.alloc(0))).toEqual([]);
  const program = readFileSync(process.execPath);
  expect(() => neededVersions(program.subarray(0, program.length / 2))).toThrow(RangeError);
});
