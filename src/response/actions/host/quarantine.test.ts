import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { hostileFileNames } from "../../../../test/response/hostile.ts";
import { alertOf, requestOf, type Sleeper, startSleeper } from "../../../../test/response/process.ts";
import type { FieldValue } from "../../../alert/record.ts";
import { withFallbacks } from "../../parameters.ts";
import { cgroupsOf } from "./cgroup.ts";
import { closeDescriptor, openBelow, putXattr, xattrsOf } from "./libc.ts";
import { readManifest, writeManifest } from "./manifest.ts";
import { action } from "./quarantine.ts";

const top = mkdtempSync(join(tmpdir(), "eyas-quarantine-"));
const files = join(top, "files");
const kept = join(top, "kept");
mkdirSync(files);
afterAll(() => {
  spawnSync("chattr", ["-R", "-i", "-a", files]); // in case a test failed midway
  rmSync(top, { recursive: true, force: true });
});
afterEach(() => rmSync(kept, { recursive: true, force: true }));

function quarantine(fields: Record<string, FieldValue>, given: Record<string, unknown> = {}) {
  const alert = alertOf({ "container.id": "host", "proc.pid": process.pid, ...fields });
  const parameters = withFallbacks(action.parameters, { folder: kept, ...given });
  return action.run({ ...requestOf(alert, parameters), host: testHost({ folder: kept }) });
}

/** Returns the only directory in the quarantine. */
function keptFolder(): string {
  const [name, ...more] = readdirSync(kept);
  expect(more).toEqual([]);
  return join(kept, name!);
}

function make(name: string, content: string | Buffer = "evil"): string {
  const path = join(files, name);
  writeFileSync(path, content);
  return path;
}

describe("host:quarantine", needs("root"), () => {
  test("stores content and metadata, and removes the file", async () => {
    const content = Buffer.alloc(3_000_000, "evil\0");
    const path = make("dropper", content);
    const fd = openBelow(openRoot(), path, 1, 0);
    putXattr(fd, "user.origin", Buffer.from([0, 255, 10]));
    putXattr(fd, "trusted.mark", Buffer.from("t"));
    closeDescriptor(fd);
    chownSync(path, 1234, 4321);
    chmodSync(path, 0o4755);
    execFileSync("touch", ["-a", "-d", "2001-02-03T04:05:06.123456789Z", path]);
    execFileSync("touch", ["-m", "-d", "2002-03-04T05:06:07.987654321Z", path]);
    const before = lstatSync(path, { bigint: true });
    const sha256 = createHash("sha256").update(content).digest("hex");

    const result = await quarantine({ "fd.name": path, "fd.ino": Number(before.ino) });
    const folder = keptFolder();
    expect(result).toEqual({ outcome: "done", answer: `Quarantined ${path} in ${folder} (SHA-256 ${sha256}).` });
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(join(folder, "content")).equals(content)).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"))).toMatchObject({
      removed: true,
      alert: { id: "0198f0a0-0000-7000-8000-000000000001", rule: "Test" },
      container: "host",
      path,
      sha256,
      size: content.length,
      uid: 1234,
      gid: 4321,
      mode: "4755",
      accessed: "981173106123456789",
      modified: "1015218367987654321",
      changed: String(before.ctimeNs),
      inode: String(before.ino),
      links: 1,
      xattrs: { "user.origin": Buffer.from([0, 255, 10]).toString("base64"), "trusted.mark": "dA==" },
    });
    const copy = lstatSync(join(folder, "content"), { bigint: true });
    expect([copy.uid, copy.gid, copy.mtimeNs]).toEqual([1234n, 4321n, before.mtimeNs]);
    expect((copy.mode & 0o7111n) === 0n).toBe(true);
    for (const each of [kept, folder]) expect(lstatSync(each).mode & 0o777).toBe(0o700);
    const copied = openBelow(openRoot(), join(folder, "content"), 0, 0);
    expect([...xattrsOf(copied)]).toEqual([["user.origin", Buffer.from([0, 255, 10])]]);
    closeDescriptor(copied);
  });

  test("treats file names as data", async () => {
    for (const [why, name] of Object.entries(hostileFileNames)) {
      const path = make(name, why);
      expect(await quarantine({ "fd.name": path }), why).toMatchObject({ outcome: "done" });
      expect(existsSync(path), why).toBe(false);
      const folder = keptFolder();
      expect(readManifest(folder)?.path, why).toBe(path);
      expect(readFileSync(join(folder, "content"), "utf8")).toBe(why);
      rmSync(kept, { recursive: true });
    }
    expect(existsSync("/tmp/eyas-was-here")).toBe(false);
  });

  test("skips everything but normalized paths of regular files: links, `..`, directories, pipes, devices", async () => {
    const real = make("real");
    symlinkSync(real, join(files, "link"));
    symlinkSync(files, join(top, "way"));
    execFileSync("mkfifo", [join(files, "pipe")]);
    mkdirSync(join(files, "folder"));
    const outcomes = async (...paths: readonly string[]) => {
      for (const path of paths)
        expect(await quarantine({ "fd.name": path }), path).not.toMatchObject({ outcome: "done" });
    };
    await outcomes(
      join(files, "link"),
      join(top, "way/real"),
      `${files}/../files/real`,
      `${files}//real`,
      `${files}/./real`,
    );
    await outcomes(
      join(files, "pipe"),
      join(files, "folder"),
      `${files}/`,
      "/",
      "real",
      "",
      "/dev/null",
      "memfd:x",
      `${real}\0x`,
    );
    expect(readFileSync(real, "utf8")).toBe("evil");
    expect(existsSync(kept) ? readdirSync(kept) : []).toEqual([]);
    expect(await quarantine({ "fd.name": join(top, "way/real") })).toMatchObject({
      outcome: "skipped",
      reason: expect.stringMatching(/symbolic link/i),
    });
  });

  test("skips system files, unless the rule allows them", async () => {
    for (const path of ["/etc/passwd", "/usr/bin/env", "/proc/self/environ", "/usr/lib/os-release"]) {
      expect(await quarantine({ "fd.name": path }), path).toMatchObject({ outcome: "skipped" });
    }
    const path = make("mine");
    expect(await quarantine({ "fd.name": path }, { except: [`${top}/*`] })).toMatchObject({ outcome: "skipped" });
    expect(existsSync(path)).toBe(true);
  });

  test("skips a file whose real path is in except", async () => {
    const path = make("mounted");
    const fields = { "fd.name": path, "fd.real.path": "/usr/bin/mounted" };
    expect(await quarantine(fields)).toEqual({
      outcome: "skipped",
      reason: "The file is protected: /usr/bin/mounted matches /usr/bin/* in the parameter except.",
    });
    expect(existsSync(path)).toBe(true);
  });

  test("skips replaced files, large files and files of other machines", async () => {
    const path = make("other", Buffer.alloc(1_000_001));
    expect(await quarantine({ "fd.name": path, "fd.ino": 1 })).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("its inode differs from fd.ino of the alert"),
    });
    expect(await quarantine({ "fd.name": path }, { max_size: 1 })).toMatchObject({ outcome: "failed" });
    const alert = alertOf({ "fd.name": path, "container.id": "host" }, { hostname: "there" });
    expect(await action.run(requestOf(alert, withFallbacks(action.parameters, { folder: kept })))).toMatchObject({
      outcome: "skipped",
    });
    expect(existsSync(path)).toBe(true);
  });

  test("removes an immutable file", needs("root", "immutable files"), async () => {
    for (const flag of ["i", "a"]) {
      const path = make("locked");
      execFileSync("chattr", [`+${flag}`, path]);
      expect(await quarantine({ "fd.name": path })).toMatchObject({ outcome: "done" });
      expect(existsSync(path)).toBe(false);
      expect((readManifest(keptFolder())?.flags ?? 0) & 0x30).toBe(flag === "i" ? 0x10 : 0x20);
      rmSync(kept, { recursive: true });
    }
  });

  test("a file that cannot be removed stays, without a copy", needs("root", "immutable files"), async () => {
    const folder = join(files, "locked-folder");
    mkdirSync(folder);
    const path = make("locked-folder/stuck");
    execFileSync("chattr", ["+i", path, folder]);
    try {
      expect(await quarantine({ "fd.name": path })).toMatchObject({ outcome: "failed" });
      expect(execFileSync("lsattr", [path], { encoding: "utf8" })).toMatch(/^-*i/);
      expect(readdirSync(kept)).toEqual([]);
    } finally {
      execFileSync("chattr", ["-i", path, folder]);
    }
  });

  test("stops at its timeout without a copy", async () => {
    const path = make("slow");
    const alert = alertOf({ "fd.name": path, "container.id": "host" });
    const request = requestOf(alert, withFallbacks(action.parameters, { folder: kept }));
    expect(await action.run({ ...request, signal: AbortSignal.abort(new Error("time is up")) })).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("time is up"),
    });
    expect(existsSync(path)).toBe(true);
    expect(readdirSync(kept)).toEqual([]);
  });

  test("rejects a directory that is accessible to other users", async () => {
    const path = make("safe");
    mkdirSync(kept, { mode: 0o755 });
    chmodSync(kept, 0o755);
    expect(await quarantine({ "fd.name": path })).toMatchObject({
      outcome: "failed",
      reason: expect.stringContaining("chmod 700"),
    });
    expect(existsSync(path)).toBe(true);
  });

  test("supports a mounted host root", async () => {
    mkdirSync(join(top, "host/tmp"), { recursive: true });
    writeFileSync(join(top, "host/tmp/z"), "inner");
    const alert = alertOf({ "fd.name": "/tmp/z", "container.id": "host" });
    const request = requestOf(alert, withFallbacks(action.parameters, { folder: kept }));
    expect(await action.run({ ...request, host: testHost({ root: join(top, "host") }) })).toMatchObject({
      outcome: "done",
    });
    expect(existsSync(join(top, "host/tmp/z"))).toBe(false);
  });

  test("is idempotent, and completes an interrupted attempt", async () => {
    const path = make("twice");
    expect(await quarantine({ "fd.name": path })).toMatchObject({ outcome: "done" });
    const folder = keptFolder();
    const manifest = readManifest(folder);
    expect(await quarantine({ "fd.name": path })).toMatchObject({ outcome: "skipped" });
    if (manifest !== undefined) writeManifest(folder, { ...manifest, removed: false });
    expect(await quarantine({ "fd.name": path })).toMatchObject({ outcome: "done" });
    expect(readManifest(folder)).toEqual(manifest);
    expect(readFileSync(join(folder, "content"), "utf8")).toBe("evil");
    make("twice", "anew");
    expect(await quarantine({ "fd.name": path })).toMatchObject({ outcome: "skipped" });
    expect(readFileSync(join(folder, "content"), "utf8")).toBe("evil");
  });
});

const busybox = ["/usr/bin/busybox", "/bin/busybox"].find((path) => existsSync(path));
const unified = cgroupsOf("self").find(({ version }) => version === 2);

describe("in another root", needs("root", "all processes", "static busybox"), () => {
  const root = join(top, "root");
  let inside: Sleeper | undefined;
  async function start(): Promise<Sleeper> {
    mkdirSync(join(root, "tmp"), { recursive: true });
    copyFileSync(busybox ?? "", join(root, "busybox"));
    inside = startSleeper("chroot", [root, "/busybox", "sleep", "600"]);
    for (let i = 0; i < 100 && !readFileSync(`/proc/${inside.pid}/cmdline`, "latin1").startsWith("/busybox"); i++)
      await sleep(10);
    writeFileSync(join(root, "tmp/x"), "inner");
    return inside;
  }
  afterEach(async () => {
    await inside?.end();
  });

  test("resolves the path in the root of the process", async () => {
    const { pid } = await start();
    const outer = make("x", "outer");
    mkdirSync(join(root, files), { recursive: true });
    writeFileSync(join(root, outer), "inner");
    const result = await quarantine({ "fd.name": outer, "proc.pid": pid, "container.id": "0123456789ab" });
    expect(result).toMatchObject({ outcome: "done" });
    expect(readFileSync(outer, "utf8")).toBe("outer");
    expect(readFileSync(join(keptFolder(), "content"), "utf8")).toBe("inner");
    expect(existsSync(join(root, outer))).toBe(false);
  });

  test("does not follow a link to files of the machine", async () => {
    const { pid } = await start();
    const outer = make("y", "outer");
    symlinkSync(`/proc/1/root${files}`, join(root, "out"));
    symlinkSync("../../../../../../../../..", join(root, "up"));
    for (const path of ["/out/y", `/up${outer}`]) {
      expect(await quarantine({ "fd.name": path, "proc.pid": pid }), path).toMatchObject({ outcome: "skipped" });
    }
    expect(readFileSync(outer, "utf8")).toBe("outer");
  });

  test("skips the file when the process has ended and its root is unknown", async () => {
    const path = make("whose");
    const ended = startSleeper();
    await ended.end();
    const alert = alertOf({ "fd.name": path, "proc.pid": ended.pid });
    const result = await action.run(requestOf(alert, withFallbacks(action.parameters, { folder: kept })));
    expect(result).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining(
        "The process has exited, and the alert does not show whether its path is in a container.",
      ),
    });
    expect(existsSync(path)).toBe(true);
  });

  test(
    "uses another process of the container when the process has ended",
    needs("root", "all processes", "static busybox", "cgroups, version 2"),
    async () => {
      const id = createHash("sha256").update(top).digest("hex");
      const group = `${unified?.folder}/eyas-${id}`;
      const { pid, end } = await start();
      mkdirSync(group);
      try {
        writeFileSync(join(group, "cgroup.procs"), String(pid));
        const ended = startSleeper();
        await ended.end();
        const fields = { "fd.name": "/tmp/x", "proc.pid": ended.pid, "container.id": id.slice(0, 12) };
        expect(await quarantine(fields)).toMatchObject({ outcome: "done" });
        expect(readFileSync(join(keptFolder(), "content"), "utf8")).toBe("inner");
      } finally {
        await end();
        for (let i = 0; i < 50; i++) {
          try {
            rmdirSync(group);
            break;
          } catch {
            await sleep(10); // the process is still exiting
          }
        }
      }
    },
  );
});

describe("in a user namespace", needs("root", "all processes", "user namespaces"), () => {
  const place = mkdtempSync(join(tmpdir(), "eyas-user-"));
  const [machine, point] = [join(place, "machine"), join(place, "point")];
  let inside: Sleeper | undefined;
  afterAll(async () => {
    await inside?.end();
    rmSync(place, { recursive: true, force: true });
  });

  test("removes only files of the user, not files of the machine that the user mounted", async () => {
    for (const folder of [place, machine, point]) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o755);
    }
    writeFileSync(join(machine, "program"), "machine");
    const NOBODY = 65_534;
    chownSync(point, NOBODY, NOBODY);
    writeFileSync(join(point, "own"), "evil");
    chownSync(join(point, "own"), NOBODY, NOBODY);
    mkdirSync(join(point, "mounted"));
    chownSync(join(point, "mounted"), NOBODY, NOBODY);
    const script = 'mount --bind "$1" "$2" && exec sleep 600';
    inside = startSleeper("setpriv", [
      ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "unshare", "-Urm"],
      ...["sh", "-c", script, "sh", machine, join(point, "mounted")],
    ]);
    const path = join(point, "mounted/program");
    await expect.poll(() => existsSync(`/proc/${inside?.pid}/root${path}`)).toBe(true);
    const fields = { "proc.pid": inside.pid };
    expect(await quarantine({ ...fields, "fd.name": path })).toEqual({
      outcome: "skipped",
      reason: `${path} or its directory belongs to a user outside the user namespace of the process, so it may be a file of the machine.`,
    });
    expect(existsSync(join(machine, "program"))).toBe(true);
    expect(await quarantine({ ...fields, "fd.name": join(point, "own") })).toMatchObject({ outcome: "done" });
    expect(existsSync(join(point, "own"))).toBe(false);
  });
});

test("writes a manifest atomically", () => {
  mkdirSync(kept, { mode: 0o700 });
  expect(readManifest(kept)).toBeUndefined();
  writeFileSync(join(kept, "manifest.json"), "{");
  expect(readManifest(kept)).toBeUndefined();
});

function openRoot(): number {
  return openBelow(-100, "/", 0o10_000_000, 0);
}
