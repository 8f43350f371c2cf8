import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { type Executable, examine } from "./examine.ts";
import { isRemote, mountAt, parseMounts } from "./mounts.ts";
import { factsOf } from "./origin.ts";
import { PackageIndex } from "./packages/databases.ts";
import { PathTableBuilder } from "./packages/path-table.ts";

/** An ID that no process has. */
const NOBODY = 2 ** 22 + 1;
const OPTIONS = { hostRoot: "/", maxBytes: 1 << 20 };
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-examine-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function executable(path: string, more: Partial<Executable> = {}): Executable {
  const { ino, ctimeNs, mtimeNs } = statSync(path, { bigint: true });
  return { pid: NOBODY, ppid: NOBODY, path, ino, ctime: ctimeNs, mtime: mtimeNs, isStarting: true, ...more };
}

function file(text: string): string {
  const path = join(folder, "program");
  writeFileSync(path, text);
  return path;
}

describe("the file of a program that has exited", () => {
  test("is hashed if it is unchanged", () => {
    const path = file("content");
    const { hashes, location } = examine(executable(path), { ...OPTIONS, algorithm: "md5" });
    expect(hashes).toEqual({ sha256: sha256("content"), md5: createHash("md5").update("content").digest("hex") });
    expect(location).toBe("host");
  });

  test.each([
    ["changed", (path: string) => appendFileSync(path, "x")],
    ["replaced", (path: string) => writeFileSync(path, "other", { flag: "w" })],
    ["got another name", (path: string) => linkSync(path, `${path}2`)],
    ["removed", (path: string) => rmSync(path)],
    ["replaced by a link", (path: string) => symlinkSync("/etc/passwd", path)],
    ["replaced by a FIFO", (path: string) => execFileSync("mkfifo", [path])],
    ["replaced by a device", (path: string) => symlinkSync("/dev/zero", path)],
    ["replaced by a directory", (path: string) => mkdirSync(path)],
  ] as const)("is not hashed if it was %s", (what, act) => {
    const path = file("content");
    const before = executable(path);
    if (what.startsWith("replaced by")) rmSync(path);
    act(path);
    expect(examine(before, OPTIONS).hashes).toBe("gone");
  });

  test("is not hashed if it is too large", () => {
    const path = file("x".repeat(100));
    expect(examine(executable(path), { ...OPTIONS, maxBytes: 99 }).hashes).toBe("too_large");
  });
});

test("the file of a running program is hashed after its removal", async () => {
  const path = join(folder, "sleep");
  copyFileSync("/usr/bin/sleep", path);
  chmodSync(path, 0o755);
  const before = executable(path);
  const child = spawn(path, ["60"]);
  await new Promise((resolve) => child.once("spawn", resolve));
  rmSync(path);
  try {
    const examined = examine({ ...before, pid: child.pid ?? 0 }, { ...OPTIONS, maxBytes: 1 << 24 });
    expect(examined).toMatchObject({
      ...{ isUnlinked: true, location: "replaced", isRootOnly: undefined },
      hashes: { sha256: createHash("sha256").update(readFileSync("/usr/bin/sleep")).digest("hex") },
    });
  } finally {
    child.kill();
  }
});

test("a running program whose file has different times was started from another file", async () => {
  const path = join(folder, "touched");
  copyFileSync("/usr/bin/sleep", path);
  chmodSync(path, 0o755);
  const before = executable(path);
  const child = spawn(path, ["60"]);
  await new Promise((resolve) => child.once("spawn", resolve));
  utimesSync(path, 1, 1);
  try {
    const { location, hashes } = examine({ ...before, pid: child.pid ?? 0 }, { ...OPTIONS, maxBytes: 1 << 24 });
    expect([location, hashes]).toEqual(["replaced", "changed"]);
  } finally {
    child.kill();
  }
});

test("a file with an earlier change time than in the event is not the executable of the process", async () => {
  const path = join(folder, "older");
  copyFileSync("/usr/bin/sleep", path);
  chmodSync(path, 0o755);
  const before = executable(path);
  const child = spawn(path, ["60"]);
  await new Promise((resolve) => child.once("spawn", resolve));
  try {
    const later = { ...before, ctime: before.ctime + 1_000_000_000n, pid: child.pid ?? 0 };
    expect(examine(later, { ...OPTIONS, maxBytes: 1 << 24 })).toMatchObject({ hashes: "changed" });
  } finally {
    child.kill();
  }
});

test("only root can write to a file in directories of root, but not to a file below /tmp", needs("root"), () => {
  expect(examine(executable("/usr/bin/env"), { ...OPTIONS, maxBytes: 1 << 24 }).isRootOnly).toBe(true);
  expect(examine(executable(file("x")), OPTIONS).isRootOnly).toBe(false);
});

describe("the package of an executable", () => {
  const table = new PathTableBuilder("md5", 1);
  const owner = table.package("pkg");
  for (const path of ["/usr/bin/a", "/usr/bin/plain"]) table.add(path, owner);
  table.add("/usr/bin/link", owner, true);
  table.checksum("/usr/bin/a", owner, Buffer.from("ab".repeat(16), "hex"));
  const packages = new PackageIndex({ tables: [table.build()], version: "1" });
  const hashes = { sha256: "0".repeat(64), md5: "ab".repeat(16) };
  const at = { location: "host", isUnlinked: false, isRootOnly: true, size: 1, hashes } as const;

  test.each([
    ["has the recorded content", "/usr/bin/a", at, true, "pkg", true],
    ["has other content", "/usr/bin/a", { ...at, hashes: { ...hashes, md5: "cd".repeat(16) } }, true, "pkg", false],
    ["cannot be read", "/usr/bin/a", { ...at, hashes: "unreadable" }, true, "pkg", undefined],
    ["is larger than any of a package", "/usr/bin/a", { ...at, hashes: "too_large" }, true, "pkg", false],
    [
      "is too large, without recorded content",
      "/usr/bin/plain",
      { ...at, hashes: "too_large" },
      true,
      "pkg",
      undefined,
    ],
    ["changes while it is read", "/usr/bin/a", { ...at, hashes: "changed" }, true, "pkg", false],
    ["has no recorded content", "/usr/bin/plain", at, true, "pkg", undefined],
    ["is in place of a link", "/usr/bin/link", at, true, "pkg", false],
    ["is not owned", "/usr/bin/b", at, true, "", false],
    ["started from another file", "/usr/bin/a", { ...at, location: "replaced" }, true, "pkg", false],
    [
      "was upgraded while it ran",
      "/usr/bin/a",
      { ...at, location: "replaced", isUnlinked: true },
      false,
      "pkg",
      undefined,
    ],
    ["is in a container", "/usr/bin/a", { ...at, location: "elsewhere" }, true, undefined, undefined],
  ] as const)("%s", (_, path, examined, isStarting, name, isFrom) => {
    const facts = factsOf(path, examined, isStarting, packages);
    expect([facts.package, facts.isFromPackage]).toEqual([name, isFrom]);
  });
});

test("file systems of servers are remote, unless another mount covers them", () => {
  const mounts = [
    "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
    "2 1 0:40 / /home/a\\040b/mnt rw shared:1 - fuse.sshfs x rw",
    "3 1 0:41 / /usr rw - nfs4 server:/usr rw",
    "4 3 0:42 / /usr rw - overlay overlay rw",
  ].join("\n");
  const isRemoteAt = (path: string) => isRemote(mountAt(parseMounts(mounts), path)!);
  expect(isRemoteAt("/home/a b/mnt/x")).toBe(true);
  expect(isRemoteAt("/home/a b/mntx")).toBe(false);
  expect(isRemoteAt("/usr/bin/x")).toBe(false);
});
