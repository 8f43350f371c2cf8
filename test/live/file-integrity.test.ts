import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import {
  changes,
  elsewhere,
  MARKED_SIZE,
  marker,
  PATIENCE,
  python,
  removeFolder,
  run,
  settledChanges,
  sh,
  start,
  WATCHED,
  watched,
} from "./file-integrity.ts";
import type { LiveSensor } from "./sensor.ts";

afterAll(removeFolder);

/** Content of a file whose hash is in an indicator file. */
const LISTED = "listed";

const config = join(elsewhere, "config.yaml");

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A Python program that gives an unnamed file a name. */
const TMPFILE = `
import ctypes, os, sys
fd = os.open(os.path.dirname(sys.argv[1]), os.O_TMPFILE | os.O_WRONLY, 0o644)
os.write(fd, b"new")
AT_FDCWD, AT_SYMLINK_FOLLOW = -100, 0x400
if ctypes.CDLL(None).linkat(AT_FDCWD, b"/proc/self/fd/%d" % fd, AT_FDCWD, sys.argv[1].encode(), AT_SYMLINK_FOLLOW): sys.exit(1)
`;
/** A Python program that exchanges two paths. */
const EXCHANGE = `
import ctypes, sys
AT_FDCWD, RENAME_EXCHANGE = -100, 2
if ctypes.CDLL(None).renameat2(AT_FDCWD, sys.argv[1].encode(), AT_FDCWD, sys.argv[2].encode(), RENAME_EXCHANGE): sys.exit(1)
`;
const CAPABILITY = `
import os, sys
os.setxattr(sys.argv[1], "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
`;
const MAPPED = `
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
m = mmap.mmap(fd, 3)
m[0:3] = b"new"
m.close()
os.close(fd)
`;

interface Way {
  readonly way: string;
  readonly change: string;
  readonly process: string;
  act(path: string): void;
}

const WRITE = `echo -n new > "$0"`;

const ways: readonly Way[] = [
  { way: "by its name", change: "modified", process: "sh", act: (path) => sh(WRITE, path) },
  {
    way: "through a symbolic link",
    change: "modified",
    process: "sh",
    act(path) {
      symlinkSync(path, join(elsewhere, "link"));
      sh(WRITE, join(elsewhere, "link"));
    },
  },
  {
    way: "through a hard link elsewhere",
    change: "modified",
    process: "sh",
    act(path) {
      linkSync(path, join(elsewhere, "hard"));
      sh(WRITE, join(elsewhere, "hard"));
    },
  },
  {
    way: "through a bind mount in another mount namespace",
    change: "modified",
    process: "sh",
    act: (path) =>
      run(
        "unshare",
        "-m",
        "sh",
        "-c",
        `mount --bind "$1" "$2" && exec sh -c '${WRITE}' "$2/$3"`,
        "sh",
        watched,
        elsewhere,
        path.slice(watched.length + 1),
      ),
  },
  {
    way: "from a chroot in a mount namespace, as a container with a host mount",
    change: "modified",
    process: "sh",
    act: (path) =>
      run(
        "unshare",
        "-m",
        "sh",
        "-c",
        `mkdir -p "$2/root/mnt" && mount --bind / "$2/root" && mount --bind "$1" "$2/root/mnt" && chroot "$2/root" sh -c '${WRITE}' "/mnt/$3"`,
        "sh",
        watched,
        elsewhere,
        path.slice(watched.length + 1),
      ),
  },
  {
    way: "through the root of another process",
    change: "modified",
    process: "sh",
    act: (path) => sh(WRITE, `/proc/self/root${path}`),
  },
  {
    way: "through a mapping",
    change: "modified",
    process: "python3",
    act: (path) => python(MAPPED, path),
  },
  {
    way: "by a rename over it",
    change: "replaced",
    process: "mv",
    act(path) {
      writeFileSync(join(elsewhere, "other"), "new");
      run("mv", join(elsewhere, "other"), path);
    },
  },
  {
    way: "by a rename over it through a link to its directory",
    change: "replaced",
    process: "mv",
    act(path) {
      writeFileSync(join(elsewhere, "other-2"), "new");
      symlinkSync(watched, join(elsewhere, "to-watched"));
      run("mv", join(elsewhere, "other-2"), join(elsewhere, "to-watched", path.slice(watched.length + 1)));
    },
  },
  {
    way: "by a rename over it in a working directory that a link leads to",
    change: "replaced",
    process: "mv",
    act(path) {
      writeFileSync(join(elsewhere, "other-3"), "new");
      symlinkSync(watched, join(elsewhere, "to-cwd"));
      const name = path.slice(watched.length + 1);
      sh('cd "$0" && mv "$2" "$1"', join(elsewhere, "to-cwd"), name, join(elsewhere, "other-3"));
    },
  },
  {
    way: "by an editor's temporary file",
    change: "replaced",
    process: "mv",
    act: (path) => sh(`echo -n new > "$0.tmp" && mv "$0.tmp" "$0"`, path),
  },
];

describe("file integrity", needs("root", "sensor", "mount namespaces", "python3"), () => {
  let sensor: LiveSensor;
  beforeAll(async () => {
    mkdirSync(watched);
    mkdirSync(elsewhere);
    for (const [i] of ways.entries()) writeFileSync(join(watched, `file-${i}`), "old");
    for (const name of ["mode", "capability", "many", "gone", "moved", "stopped"])
      writeFileSync(join(watched, name), "old");
    const hashes = join(elsewhere, "hashes.txt");
    writeFileSync(hashes, `${sha256(LISTED)}\n`);
    writeFileSync(config, JSON.stringify({ indicators: [{ name: "indicator_hashes", file: hashes, kind: "hash" }] }));
    sensor = await start("-c", config);
  }, 180_000);
  afterAll(() => sensor.stop());

  test.each(ways.map((way, i) => ({ ...way, i })))(
    "a file that is written $way is one change, with hashes and process",
    async ({ i, change, process, act }) => {
      const path = join(watched, `file-${i}`);
      act(path);
      const found = await settledChanges(sensor, path);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({
        rule: WATCHED,
        fields: {
          "fim.change": change,
          "fim.old.sha256": sha256("old"),
          "fim.sha256": sha256("new"),
          "fim.process.name": process,
        },
      });
    },
  );

  test("an unnamed file that gets a name is reported as created", async () => {
    const path = join(watched, "unnamed");
    python(TMPFILE, path);
    expect(await settledChanges(sensor, path)).toMatchObject([
      { fields: { "fim.change": "created", "fim.sha256": sha256("new"), "fim.process.name": "python3" } },
    ]);
  });

  test("changes of mode and capabilities are reported, and the file counts as a new set-user-ID program", async () => {
    const [mode, capability] = [join(watched, "mode"), join(watched, "capability")];
    run("chmod", "4755", mode);
    const found = await settledChanges(sensor, mode);
    expect(found.map(({ rule }) => rule).sort()).toEqual(["Set-user-ID program added", WATCHED]);
    expect(found[0]?.fields).toMatchObject({
      "fim.change": "metadata",
      "fim.old.mode": "0644",
      "fim.mode": "4755",
      "fim.process.name": "chmod",
    });
    python(CAPABILITY, capability);
    expect((await settledChanges(sensor, capability)).map(({ rule }) => rule).sort()).toEqual([
      "Set-user-ID program added",
      WATCHED,
    ]);
  });

  test("ten thousand writes are one change", async () => {
    const path = join(watched, "many");
    const fd = openSync(path, "a");
    for (let i = 0; i < 10_000; i++) writeSync(fd, "x");
    closeSync(fd);
    const found = await settledChanges(sensor, path);
    expect(found).toHaveLength(1);
    expect(found[0]?.fields).toMatchObject({
      "fim.change": "modified",
      "fim.sha256": sha256(`old${"x".repeat(10_000)}`),
    });
  });

  test("deletions, renames, and files in new and renamed directories are changes", async () => {
    rmSync(join(watched, "gone"));
    expect(await settledChanges(sensor, join(watched, "gone"))).toMatchObject([
      { fields: { "fim.change": "deleted" } },
    ]);
    renameSync(join(watched, "moved"), join(watched, "moved-2"));
    expect(await settledChanges(sensor, join(watched, "moved-2"))).toMatchObject([
      { fields: { "fim.change": "renamed", "fim.old_path": join(watched, "moved") } },
    ]);
    expect(changes(sensor, join(watched, "moved"))).toEqual([]);
    mkdirSync(join(watched, "a/b/c"), { recursive: true });
    writeFileSync(join(watched, "a/b/c/file"), "1");
    await settledChanges(sensor, join(watched, "a/b/c/file"));
    renameSync(join(watched, "a"), join(watched, "z"));
    writeFileSync(join(watched, "z/b/c/file"), "2");
    expect(await settledChanges(sensor, join(watched, "z/b/c/file"))).toMatchObject([
      { fields: { "fim.change": "modified", "fim.old.sha256": sha256("1") } },
    ]);
  });

  test("another file that has the name for a moment is reported as a change", async () => {
    const path = join(watched, "gone-2");
    writeFileSync(path, "old");
    await settledChanges(sensor, path);
    writeFileSync(join(elsewhere, "evil"), "evil");
    sh(`mv "$1" "$1.orig" && mv "$2" "$1" && mv "$1.orig" "$1"`, "sh", path, join(elsewhere, "evil"));
    const found = await settledChanges(sensor, path);
    expect(found.map(({ fields }) => fields["fim.change"])).toEqual(["created", "rewritten"]);
  });

  test("a file that is added while its directory has another name is reported at its path", async () => {
    const directory = join(watched, "jobs");
    mkdirSync(directory);
    await settledChanges(sensor, marker(directory));
    sh(`mv "$0" "$0.old" && echo evil > "$0.old/job" && mv "$0.old" "$0"`, directory);
    expect(await settledChanges(sensor, join(directory, "job"))).toMatchObject([
      { fields: { "fim.change": "created", "fim.process.name": "sh" } },
    ]);
  });

  test.each([
    ["another watched directory", watched, "exchanged-1"],
    ["one elsewhere", elsewhere, "exchanged-2"],
  ])("files in a directory that was exchanged with %s are changes at their paths", async (_what, parent, name) => {
    const [first, second] = [join(watched, name), join(parent, "prepared")];
    for (const directory of [first, second]) mkdirSync(directory);
    writeFileSync(join(first, "old"), "1");
    writeFileSync(join(second, "new"), "2");
    await settledChanges(sensor, join(first, "old"));
    python(EXCHANGE, first, second);
    expect(await settledChanges(sensor, join(first, "new"))).toMatchObject([{ fields: { "fim.change": "created" } }]);
    writeFileSync(join(first, "evil"), "3");
    expect(await settledChanges(sensor, join(first, "evil"))).toMatchObject([
      { fields: { "fim.change": "created", "fim.sha256": sha256("3") } },
    ]);
    rmSync(second, { recursive: true });
  });

  test("hostile names and types are reported and never opened", async () => {
    const names = ["new\nline", "\u001b[31m", `${"x".repeat(255)}`, "ünïcode"];
    for (const name of names) writeFileSync(join(watched, name), "x".repeat(MARKED_SIZE));
    const inodes = names.map((name) => statSync(join(watched, name)).ino);
    const seen = () => sensor.alerts().map(({ fields }) => fields["fim.inode"] ?? 0);
    await expect.poll(seen, { timeout: PATIENCE }).toEqual(expect.arrayContaining(inodes));
    run("mkfifo", join(watched, "fifo"));
    expect(await settledChanges(sensor, join(watched, "fifo"))).toMatchObject([
      { fields: { "fim.change": "created" } },
    ]);
    symlinkSync("/etc/shadow", join(watched, "link"));
    expect(await settledChanges(sensor, join(watched, "link"))).toMatchObject([
      { fields: { "fim.target": "/etc/shadow", "fim.sha256": null } },
    ]);
  });

  test("dropped events raise an alert, and a scan finds the changes", async () => {
    const many = join(watched, "flood");
    mkdirSync(many);
    const last = join(watched, "flood-last");
    await settledChanges(sensor, marker(many));
    sensor.signal("SIGSTOP");
    for (let i = 0; i < 17_000; i++) writeFileSync(join(many, `${i}`), "");
    writeFileSync(last, "1");
    sensor.signal("SIGCONT");
    await expect
      .poll(() => sensor.alerts().some(({ rule }) => rule === "File integrity incomplete"), { timeout: PATIENCE })
      .toBe(true);
    await expect.poll(() => changes(sensor, last).length, { timeout: PATIENCE }).toBe(1);
    expect(changes(sensor, last)[0]?.fields["fim.found_by"]).toBe("scan");
  }, 180_000);

  test("a file with the hash of an indicator raises an alert of its own", async () => {
    const path = join(watched, "dropped");
    writeFileSync(path, LISTED);
    expect(await settledChanges(sensor, path)).toMatchObject([
      {
        rule: "File with indicator hash found",
        fields: { "fim.change": "created", "fim.sha256": sha256(LISTED) },
      },
      { rule: WATCHED },
    ]);
  });

  test("a change while the agent is not running is found at the next start", async () => {
    const path = join(watched, "stopped");
    await sensor.stop();
    writeFileSync(path, "new");
    chmodSync(path, 0o600);
    sensor = await start("-c", config);
    expect(await settledChanges(sensor, path)).toMatchObject([
      {
        fields: {
          "fim.change": "modified",
          "fim.found_by": "start",
          "fim.old.sha256": sha256("old"),
          "fim.sha256": sha256("new"),
        },
      },
    ]);
    expect(readFileSync(path, "utf8")).toBe("new");
  }, 180_000);
});
