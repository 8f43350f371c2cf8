import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readHost } from "./host.ts";

test("the metadata of this machine equals the results of system calls", () => {
  const host = readHost("/");
  expect(host.kernel).toBe(release());
  expect(host.bootId).toBe(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  expect(host.arch).not.toBe("");
});

test("the metadata of another root directory is read; missing metadata is empty", () => {
  const root = mkdtempSync(join(tmpdir(), "eyas-host-"));
  mkdirSync(join(root, "etc"));
  writeFileSync(join(root, "etc/os-release"), 'ID=flatcar\nPRETTY_NAME="Flatcar Container Linux"\n');
  writeFileSync(join(root, "etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
  expect(readHost(root)).toMatchObject({
    os: "Flatcar Container Linux",
    machineId: "0123456789abcdef0123456789abcdef",
    kernel: "",
    bootId: "",
  });
});
