import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import type { ProcessLinks } from "../../../machine/resolved-path.ts";
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

test("a name is resolved by its directory, and not followed", () => {
  mkdirSync(at("entries"));
  symlinkSync("entries", at("e"));
  symlinkSync("/etc/passwd", at("entries/link"));
  const name = (path: string) => resolvePath("/proc", "self", path, "entry");
  expect(name(at("e/link"))).toBe(at("entries/link"));
  expect(name(`${at("e")}//./absent/`)).toBe(at("entries/absent"));
  expect(name(at("absent/x"))).toBeUndefined();
  expect([name("/"), name("/.."), name("/x")]).toEqual([undefined, undefined, "/x"]);
});

test("a target is resolved as far as it exists", () => {
  mkdirSync(at("targets"));
  symlinkSync("targets", at("t"));
  symlinkSync("t/absent", at("dangling"));
  const target = (path: string) => resolvePath("/proc", "self", path, "target");
  expect(target(`${at("t")}/a/../b/./c`)).toBe(at("targets/b/c"));
  expect(target(at("dangling/x"))).toBe(at("targets/absent/x"));
  expect(target(`${at("t")}/../../..${"/..".repeat(20)}`)).toBe("/");
});

test("a path of any length and depth is resolved, through a link at its end", () => {
  const deep = `deep${"/directory".repeat(340)}`;
  mkdirSync(at(deep), { recursive: true });
  mkdirSync(at("deep/d"));
  symlinkSync("/etc", at("deep/e"));
  symlinkSync(at("deep/e"), at(`${deep}/e`));
  const resolved = (path: string) => resolvePath("/proc", "self", path, "target");
  expect(resolved(at(`${deep}/e/shadow`))).toBe("/etc/shadow");
  expect(resolved(`${"/".repeat(4000)}etc/shadow`)).toBe("/etc/shadow");
  expect(resolved(`${at("deep")}${"/d/..".repeat(760)}/e/shadow`)).toBe("/etc/shadow");
  expect(resolved(`/${"x".repeat(5000)}`)).toBeUndefined();
});

test("links in a loop, and too many links, have no target", () => {
  symlinkSync("loop2", at("loop1"));
  symlinkSync("loop1", at("loop2"));
  mkdirSync(at("chain"));
  for (let i = 0; i < 41; i++) symlinkSync(`l${i + 1}`, at(`chain/l${i}`));
  const ends = ["file", "target"] as const;
  for (const path of ["loop1", "loop1/x", "chain/l0"]) {
    for (const end of ends) expect(resolvePath("/proc", "self", at(path), end)).toBeUndefined();
  }
  expect(resolvePath("/proc", "self", at("loop1"), "entry")).toBe(at("loop1"));
  expect(resolvePath("/proc", "self", at("chain/l1"), "target")).toBe(at("chain/l41"));
});

test("links of /proc are followed by the caller's knowledge, in the root of another process too", () => {
  const of = (path: string, links?: ProcessLinks) => resolvePath("/proc", "self", path, "target", links);
  symlinkSync("/proc/self/root/etc", at("root"));
  const within: ProcessLinks = (path) => ({ pid: undefined, path: path.replace("/proc/self/root", "") });
  const elsewhere: ProcessLinks = (path) => ({ pid: process.pid, path: path.replace("/proc/self/root", "/.") });
  for (const links of [within, elsewhere]) expect(of(`${at("root")}/../etc/shadow`, links)).toBe("/etc/shadow");
  expect(resolvePath("/proc", "self", at("root/x"), "entry", elsewhere)).toBe("/etc/x");
  expect(of(at("root/shadow"), (path) => ({ pid: undefined, path }))).toBeUndefined();
  expect(of(at("root/shadow"), (path) => ({ pid: 2 ** 30, path }))).toBeUndefined();
  expect(resolvePath("/proc", "self", at("root/x"), "entry")).toBeUndefined();
});

describe("a bind mount", needs("root", "mount namespaces"), () => {
  /** Starts a process in a mount namespace of its own after these commands. */
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

  test("leads to the own path of the file, but not in other processes", async () => {
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

  test("leads names and targets to the own path, and not those of another process", async () => {
    const pid = await inside("mkdir -p m; mount --bind /etc m");
    const resolved = (by: number | "self", end: "entry" | "target") => resolvePath("/proc", by, at("m/absent"), end);
    expect([resolved(pid, "entry"), resolved(pid, "target")]).toEqual(["/etc/absent", "/etc/absent"]);
    expect(resolved("self", "entry")).toBe(at("m/absent"));
  });

  test("of another file system leads to its first mount", async () => {
    const pid = await inside(
      "mkdir ram; mount -t tmpfs none ram; mkdir ram/x bound; touch ram/x/file; mount --bind ram/x bound",
    );
    expect(resolvePath("/proc", pid, at("bound/file"))).toBe(at("ram/x/file"));
    expect(resolvePath("/proc", pid, at("ram/x/file"))).toBe(at("ram/x/file"));
  });
});
