import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { home, type LiveSensor, pause, READY_RULE, startSensorWith } from "./sensor.ts";

const RULES = join(home, "rules/file_integrity.yaml");
const WATCHED = "Watched file changed";
const PATIENCE = 60_000;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "eyas-integrity-")));
const watched = join(folder, "watched");
const elsewhere = join(folder, "elsewhere");
const baseline = join(folder, "baseline.db");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Shows the inode of files of this size: names with control characters are not shown as they are. */
const MARKED_SIZE = 77;
const OWN_RULES = `${READY_RULE}
- rule: Marked file
  desc: Shows the inode of a file
  condition: fim.size = ${MARKED_SIZE}
  output: "%fim.inode"
  priority: DEBUG
  source: file_integrity
- rule: Rewritten file
  desc: Shows files that are as they were
  condition: fim.change = rewritten
  output: "%fim.path %fim.change"
  priority: DEBUG
  source: file_integrity
- rule: Packages changed
  enabled: true
  override: { enabled: replace }
`;

/** Starts the agent on one directory, and waits until its files are known. */
async function start(...more: readonly string[]): Promise<LiveSensor> {
  const option = (key: string, value: string): string[] => ["-o", `sources.file_integrity.${key}=${value}`];
  const sensor = await startSensorWith(
    [RULES],
    OWN_RULES,
    ...option("paths", watched),
    ...option("default_paths", "false"),
    ...option("baseline", baseline),
    ...option("quiet", "500ms"),
    ...more,
  );
  const probe = join(watched, `ready-${Math.random()}`);
  for (let tries = 0; tries < 100 && changes(sensor, probe).length === 0; tries++) {
    appendFileSync(probe, "x"); // the first scan may have recorded it
    await pause(1200);
  }
  return sensor;
}

/** Alerts of changes of a path. */
function changes(sensor: LiveSensor, path: string): DrilledAlert[] {
  return sensor.alerts().filter(({ fields }) => fields["fim.path"] === path);
}

/** Waits for alerts of a path, and for further ones. */
async function settledChanges(sensor: LiveSensor, path: string): Promise<DrilledAlert[]> {
  await expect.poll(() => changes(sensor, path).length, { timeout: PATIENCE, interval: 100 }).toBeGreaterThan(0);
  const later = join(watched, `later-${Math.random()}`);
  writeFileSync(later, "");
  await expect.poll(() => changes(sensor, later).length, { timeout: PATIENCE, interval: 100 }).toBeGreaterThan(0);
  return changes(sensor, path);
}

/** Creates a file in a directory, so that an alert shows that the directory is watched. */
function marker(directory: string): string {
  const path = join(directory, "marker");
  writeFileSync(path, "");
  return path;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function run(program: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

const python = (code: string, ...words: readonly string[]): void => run("python3", "-c", code, ...words);

/** Python: an unnamed file gets a name. */
const TMPFILE = `
import ctypes, os, sys
fd = os.open(os.path.dirname(sys.argv[1]), os.O_TMPFILE | os.O_WRONLY, 0o644)
os.write(fd, b"new")
AT_FDCWD, AT_SYMLINK_FOLLOW = -100, 0x400
if ctypes.CDLL(None).linkat(AT_FDCWD, b"/proc/self/fd/%d" % fd, AT_FDCWD, sys.argv[1].encode(), AT_SYMLINK_FOLLOW): sys.exit(1)
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
const sh = (...words: readonly string[]) => run("sh", "-c", ...words);

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
    sensor = await start();
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

  test("an unnamed file that gets a name is created", async () => {
    const path = join(watched, "unnamed");
    python(TMPFILE, path);
    expect(await settledChanges(sensor, path)).toMatchObject([
      { fields: { "fim.change": "created", "fim.sha256": sha256("new"), "fim.process.name": "python3" } },
    ]);
  });

  test("mode and capabilities are changes, and make a set-user-ID program", async () => {
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

  test("another file that has the name for a moment is a change", async () => {
    const path = join(watched, "gone-2");
    writeFileSync(path, "old");
    await settledChanges(sensor, path);
    writeFileSync(join(elsewhere, "evil"), "evil");
    sh(`mv "$1" "$1.orig" && mv "$2" "$1" && mv "$1.orig" "$1"`, "sh", path, join(elsewhere, "evil"));
    const found = await settledChanges(sensor, path);
    expect(found.map(({ fields }) => fields["fim.change"])).toEqual(["created", "rewritten"]);
  });

  test("a file that is added while its directory has another name is reported at its place", async () => {
    const directory = join(watched, "jobs");
    mkdirSync(directory);
    await settledChanges(sensor, marker(directory));
    sh(`mv "$0" "$0.old" && echo evil > "$0.old/job" && mv "$0.old" "$0"`, directory);
    expect(await settledChanges(sensor, join(directory, "job"))).toMatchObject([
      { fields: { "fim.change": "created", "fim.process.name": "sh" } },
    ]);
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

  test("dropped events are an alert, and a scan finds what they were about", async () => {
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

  test("a change while the agent does not run is found at the start", async () => {
    const path = join(watched, "stopped");
    await sensor.stop();
    writeFileSync(path, "new");
    chmodSync(path, 0o600);
    sensor = await start();
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

/** Python: writes a file, and then executes dpkg in the same process, which exits with 0. */
const THEN_DPKG = `
import os, sys
with open(sys.argv[1], "w") as file: file.write("new")
os.execv("/usr/bin/dpkg", ["dpkg", "--version"])
`;

describe("file integrity and dpkg", needs("root", "sensor", "dpkg", "gcc", "python3"), () => {
  const installed = "/usr/lib/eyas-integrity-test";
  const name = "eyas-integrity-test";
  const owned = join(installed, "owned");
  let sensor: LiveSensor;

  /** Builds a package whose script writes another file. */
  function build(version: string): string {
    const tree = join(folder, `package-${version}`);
    mkdirSync(join(tree, "DEBIAN"), { recursive: true });
    mkdirSync(join(tree, installed), { recursive: true });
    const control = [
      `Package: ${name}`,
      `Version: ${version}`,
      "Architecture: all",
      "Maintainer: x",
      "Description: x",
      "",
    ];
    writeFileSync(join(tree, "DEBIAN/control"), control.join("\n"));
    writeFileSync(join(tree, owned), version);
    const sum = createHash("md5").update(version).digest("hex");
    writeFileSync(join(tree, "DEBIAN/md5sums"), `${sum}  ${owned.slice(1)}\n`);
    writeFileSync(join(tree, "DEBIAN/postinst"), `#!/bin/sh -e\necho ${version} > ${installed}/by-script\n`, {
      mode: 0o755,
    });
    run("dpkg-deb", "--root-owner-group", "-b", tree, `${tree}.deb`);
    return `${tree}.deb`;
  }

  beforeAll(async () => {
    mkdirSync(watched, { recursive: true });
    mkdirSync(installed, { recursive: true });
    sensor = await start("-o", `sources.file_integrity.paths=[${installed}, ${watched}]`);
  }, 180_000);
  afterAll(async () => {
    spawnSync("dpkg", ["--purge", name]);
    rmSync(installed, { recursive: true, force: true });
    await sensor.stop();
  });

  const packages = () => sensor.alerts().filter(({ rule }) => rule === "Packages changed");

  test("an installation and an upgrade are one transaction each, without other alerts", async () => {
    for (const [i, version] of ["1", "2"].entries()) {
      run("dpkg", "-i", build(version));
      await expect.poll(() => packages().length, { timeout: PATIENCE, interval: 100 }).toBe(i + 1);
    }
    expect(packages()[1]?.fields["fim.packages"]).toEqual([name]);
    expect(sensor.alerts().filter(({ fields }) => String(fields["fim.path"]).startsWith(installed))).toEqual([]);
  }, 180_000);

  test("a change by another program is one alert, with the package and the wrong checksum", async () => {
    writeFileSync(owned, "other");
    expect(await settledChanges(sensor, owned)).toMatchObject([
      { rule: "System program or library changed", fields: { "fim.package": name, "fim.package_match": false } },
    ]);
  });

  test.each([
    [
      "a command that dpkg is told to run",
      (path: string) => sh(`dpkg --pre-invoke="echo new > $0" -i "$1"`, path, build("3")),
    ],
    ["a program that then becomes dpkg", (path: string) => python(THEN_DPKG, path)],
    [
      "a program that is named dpkg",
      (path: string) => sh(`cp /bin/sh "$1" && "$1" -c 'echo new > "$0"' "$0"`, path, join(folder, "dpkg")),
    ],
    ["a library that is loaded into dpkg", (path: string) => sh(`LD_PRELOAD="$1" dpkg --version`, path, preload(path))],
  ])(
    "%s is not the package manager",
    async (what, act) => {
      const path = join(installed, what.replaceAll(" ", "-"));
      act(path);
      expect(await settledChanges(sensor, path)).toMatchObject([
        { rule: "Program or library outside packages changed" },
      ]);
    },
    180_000,
  );

  /** Builds a library that writes a file. */
  function preload(path: string): string {
    const source = join(folder, "preload.c");
    writeFileSync(
      source,
      `#include <stdio.h>\n__attribute__((constructor)) static void act(void) { FILE *f = fopen("${path}", "w"); if (f) { fputs("new", f); fclose(f); } }\n`,
    );
    run("gcc", "-shared", "-fPIC", "-o", join(folder, "preload.so"), source);
    return join(folder, "preload.so");
  }
});
