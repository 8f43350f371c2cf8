import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { resolvePath } from "./resolve.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "eyas-resolve-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: readonly string[]): string => join(folder, ...names);

test("symbolic links are followed, and absent files have no path", () => {
  mkdirSync(at("directory"));
  writeFileSync(at("directory/file"), "");
  symlinkSync("directory", at("link"));
  symlinkSync("../link/file", at("directory/file-link"));
  expect(resolvePath("/proc", "self", at("link/../link/file-link"))).toBe(at("directory/file"));
  expect(resolvePath("/proc", "self", at("absent"))).toBeUndefined();
});

describe("a bind mount", needs("root", "mount namespaces"), () => {
  /** Starts a process in a new mount namespace after these commands have run in it. */
  async function inside(commands: string): Promise<number> {
    const child: ChildProcess = spawn("unshare", [
      "-m",
      "sh",
      "-ec",
      `cd "$0"; ${commands}; echo ready; exec sleep 100`,
      folder,
    ]);
    onTestFinished(() => void child.kill());
    if (child.stdout === null) throw new Error("no output");
    await once(child.stdout, "data");
    return child.pid ?? 0;
  }

  test("is resolved to the original path of the file, but not in other processes", async () => {
    const pid = await inside(
      "mkdir etc; touch names; mount --bind /etc etc; mount --bind /etc/passwd names; ln -s etc/hosts hosts",
    );
    const resolved = (path: string, by: number | "self") => resolvePath("/proc", by, at(path));
    expect(["etc/passwd", "names", "hosts", "directory/file"].map((path) => resolved(path, pid))).toEqual([
      "/etc/passwd",
      "/etc/passwd",
      "/etc/hosts",
      at("directory/file"),
    ]);
    expect([resolved("etc/passwd", "self"), resolved("names", "self")]).toEqual([undefined, at("names")]);
  });

  test("of another file system is resolved to the first mount of the file system", async () => {
    const pid = await inside(
      "mkdir ram; mount -t tmpfs none ram; mkdir ram/x bound; touch ram/x/file; mount --bind ram/x bound",
    );
    expect(resolvePath("/proc", pid, at("bound/file"))).toBe(at("ram/x/file"));
    expect(resolvePath("/proc", pid, at("ram/x/file"))).toBe(at("ram/x/file"));
  });
});
