import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { home, type LiveSensor, pause, READY_RULE, startSensorWith } from "./sensor.ts";

const RULES = join(home, "rules/file_integrity.yaml");
const REMOVED = "Log file removed";
const PATIENCE = 60_000;

const folder = realpathSync(mkdtempSync(join(tmpdir(), "eyas-removals-")));
const logs = join(folder, "log");
const elsewhere = join(folder, "elsewhere");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OWN_RULES = `${READY_RULE}
- rule: Expected removal
  desc: Shows removals that programs which remove old logs made
  condition: fim.change = removed and fim.by_log_program = true
  output: "%fim.path %fim.removal %fim.manager"
  priority: DEBUG
  source: file_integrity
`;

async function start(...more: readonly string[]): Promise<LiveSensor> {
  const option = (key: string, value: string): string[] => ["-o", `sources.file_integrity.${key}=${value}`];
  return startSensorWith(
    [RULES],
    OWN_RULES,
    ...option("removals", `[${logs}]`),
    ...option("default_paths", "false"),
    ...option("baseline", join(folder, "baseline.db")),
    ...option("quiet", "500ms"),
    ...more,
  );
}

/** Returns the alerts of removals of a path. */
function removals(sensor: LiveSensor, path: string): DrilledAlert[] {
  return sensor.alerts().filter(({ fields }) => fields["fim.path"] === path);
}

/** Creates and removes files until a removal is reported, which means that all earlier removals are reported. */
async function settled(sensor: LiveSensor): Promise<void> {
  const last = join(logs, `last-${Math.random()}`);
  for (let tries = 0; tries < 60 && removals(sensor, last).length === 0; tries++) {
    run("touch", last);
    run("rm", last);
    for (const end = Date.now() + 1000; Date.now() < end && removals(sensor, last).length === 0; ) await pause(50);
  }
  expect(removals(sensor, last)).not.toEqual([]);
}

function run(program: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

const sh = (...words: readonly string[]) => run("sh", "-ec", ...words);

/** A Python program that creates and deletes files. */
const FLOOD = `
import os, sys
for i in range(20000):
    path = sys.argv[1] + "/" + str(i)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    os.remove(path)
`;

interface Way {
  readonly way: string;
  readonly removal: string;
  readonly process: string;
  /** Removes the log `name`. */
  act(name: string): void;
}

/** A Python program that uses RENAME_EXCHANGE. */
const EXCHANGE = `
import ctypes, sys
if ctypes.CDLL(None).renameat2(-100, sys.argv[1].encode(), -100, sys.argv[2].encode(), 2): sys.exit(1)
`;

const ways: readonly Way[] = [
  { way: "by its name", removal: "deleted", process: "rm", act: (name) => run("rm", join(logs, name)) },
  {
    way: "through a link to its directory",
    removal: "deleted",
    process: "rm",
    act(name) {
      symlinkSync(logs, join(elsewhere, "link"));
      run("rm", join(elsewhere, "link", name));
    },
  },
  {
    way: "by its name in a working directory that a link leads to",
    removal: "deleted",
    process: "rm",
    act(name) {
      symlinkSync(logs, join(elsewhere, "cwd"));
      sh('cd "$0" && rm "$1"', join(elsewhere, "cwd"), name);
    },
  },
  {
    way: "through a bind mount in another mount namespace",
    removal: "deleted",
    process: "rm",
    act: (name) => run("unshare", "-m", "sh", "-ec", 'mount --bind "$0" "$1"; rm "$1/$2"', logs, elsewhere, name),
  },
  {
    way: "through the root of another process",
    removal: "deleted",
    process: "rm",
    act: (name) => run("rm", `/proc/self/root${logs}/${name}`),
  },
  {
    way: "by a rename out of the directory through a link",
    removal: "moved",
    process: "mv",
    act(name) {
      symlinkSync(logs, join(elsewhere, "out"));
      run("mv", join(elsewhere, "out", name), join(elsewhere, "taken"));
    },
  },
  {
    way: "by a rename to a hidden name",
    removal: "moved",
    process: "mv",
    act: (name) => run("mv", join(logs, name), join(logs, `.${name}`)),
  },
  {
    way: "by a copy without some lines, as sed makes it",
    removal: "replaced",
    process: "sed",
    act: (name) => run("sed", "-i", "/secret/d", join(logs, name)),
  },
  {
    way: "by shred, which renames the file several times",
    removal: "deleted",
    process: "shred",
    act: (name) => run("shred", "-u", join(logs, name)),
  },
  {
    way: "by an exchange with another file",
    removal: "moved",
    process: "python3",
    act(name) {
      writeFileSync(join(elsewhere, "empty"), "");
      run("python3", "-c", EXCHANGE, join(logs, name), join(elsewhere, "empty"));
    },
  },
  {
    way: "by a copy of rm named logrotate",
    removal: "deleted",
    process: "logrotate",
    act(name) {
      sh('cp "$(command -v rm)" "$0" && "$0" "$1"', join(elsewhere, "logrotate"), join(logs, name));
    },
  },
];

describe("removals", needs("root", "sensor", "mount namespaces", "python3"), () => {
  let sensor: LiveSensor;
  beforeAll(async () => {
    mkdirSync(logs);
    mkdirSync(elsewhere);
    for (const [i] of ways.entries()) writeFileSync(join(logs, `log-${i}`), "secret\n");
    sensor = await start();
    await settled(sensor);
  }, 180_000);
  afterAll(() => sensor.stop());

  test.each(ways.map((way, i) => ({ ...way, i })))(
    "a log that is removed $way is one alert with its process",
    async ({ i, removal, process, act }) => {
      const path = join(logs, `log-${i}`);
      act(`log-${i}`);
      await settled(sensor);
      expect(removals(sensor, path)).toMatchObject([
        { rule: REMOVED, fields: { "fim.removal": removal, "fim.process.name": process, "fim.found_by": "event" } },
      ]);
    },
    PATIENCE,
  );

  test("a log in a new directory, and a directory that is moved away, are one alert each", async () => {
    mkdirSync(join(logs, "app/a"), { recursive: true });
    writeFileSync(join(logs, "app/a/x.log"), "");
    await settled(sensor); // waits until the directory is watched and its file known
    run("rm", join(logs, "app/a/x.log"));
    writeFileSync(join(logs, "kept"), "");
    run("mv", logs, `${logs}-old`);
    run("mv", `${logs}-old`, logs);
    await settled(sensor);
    expect(removals(sensor, join(logs, "app/a/x.log"))).toMatchObject([{ rule: REMOVED }]);
    expect(removals(sensor, logs)).toMatchObject([{ rule: REMOVED, fields: { "fim.removal": "moved" } }]);
    run("rm", join(logs, "kept"));
    await settled(sensor);
    expect(removals(sensor, join(logs, "kept"))).toMatchObject([{ rule: REMOVED }]);
  }, 180_000);

  test("temporary files, and writes, raise no alert", async () => {
    const log = join(logs, "written");
    sh('i=0; while [ $i -lt 2000 ]; do echo $i >> "$0"; i=$((i+1)); done; : > "$0"', log);
    // The first process deletes a file that it created; the second one renames it first.
    run("python3", "-c", "import os, sys; open(sys.argv[1], 'w'); os.remove(sys.argv[1])", join(logs, "temporary"));
    sh('echo 1 > "$0" && mv "$0" "$1"', join(logs, "written.tmp"), join(logs, "written.new"));
    await settled(sensor);
    for (const name of ["written", "temporary", "written.tmp", "written.new"])
      expect(removals(sensor, join(logs, name))).toEqual([]);
  }, 180_000);

  test("a flood of removals raises a hundred alerts and one with the number of the others, and a scan finds removals with dropped events", async () => {
    const many = join(logs, "many");
    mkdirSync(many);
    for (let i = 0; i < 10_000; i++) writeFileSync(join(many, String(i)), "");
    await settled(sensor);
    run("find", many, "-type", "f", "-delete");
    const counted = () =>
      sensor
        .alerts()
        .filter(({ fields }) => String(fields["fim.path"]).startsWith(many))
        .reduce((sum, { fields }) => sum + Number(fields["fim.files"]), 0);
    await expect.poll(counted, { timeout: PATIENCE, interval: 500 }).toBe(10_000);
    const alerts = sensor.alerts().filter(({ fields }) => String(fields["fim.path"]).startsWith(many));
    expect(alerts.length).toBeLessThanOrEqual(400);
  }, 240_000);
});

const OLD_LOGS = `"${logs}/*.rotated" { rotate 1\n missingok\n nocreate\n su root root\n postrotate\n rm -f ${logs}/by-script\n endscript\n }\n`;

describe("removals by logrotate", needs("root", "sensor", "logrotate", "python3", "gcc", "mount namespaces"), () => {
  const configuration = "/etc/logrotate-eyas-test.conf";
  let sensor: LiveSensor;
  beforeAll(async () => {
    mkdirSync(logs, { recursive: true });
    sensor = await start();
    await settled(sensor);
  }, 180_000);
  afterAll(async () => {
    rmSync(configuration, { force: true });
    await sensor.stop();
  });

  const expected = () => sensor.alerts().filter(({ rule }) => rule === "Expected removal");

  /** Rotates a log twice: it is renamed, and then the renamed log is deleted. */
  async function rotate(name: string, file: string): Promise<void> {
    writeFileSync(file, OLD_LOGS, { mode: 0o644 });
    for (let i = 0; i < 2; i++) {
      writeFileSync(join(logs, `${name}.rotated`), String(i));
      writeFileSync(join(logs, "by-script"), "");
      await settled(sensor);
      run("logrotate", "-f", "-s", join(folder, "state"), file);
    }
    await settled(sensor);
  }

  test("logrotate with the configuration of the machine, and its scripts, raise no alert", async () => {
    let alerts: DrilledAlert[];
    let drops: number;
    do {
      // Without the dropped events, the process of a removal may be unknown.
      drops = sensor.drops();
      const before = sensor.alerts().length;
      await rotate("one", configuration);
      alerts = sensor.alerts().slice(before);
    } while ((await sensor.allDrops()) !== drops);
    const ofLogs = alerts.filter(({ fields }) => /one|by-script/.test(String(fields["fim.path"])));
    expect(new Set(ofLogs.map(({ rule }) => rule))).toEqual(new Set(["Expected removal"]));
  }, 180_000);

  test("logrotate with another configuration removes logs, which raises alerts", async () => {
    const before = expected().length;
    await rotate("two", join(folder, "own.conf"));
    expect(expected()).toHaveLength(before);
    expect(removals(sensor, join(logs, "by-script")).at(-1)).toMatchObject({ rule: REMOVED });
  }, 180_000);

  test.each([
    ["a program that then becomes logrotate", (path: string) => run("python3", "-c", THEN_LOGROTATE, path)],
    ["a library that is loaded into logrotate", preloaded],
    ["logrotate in another root, as a container that mounts it", inAnotherRoot],
  ])(
    "%s is not logrotate",
    async (what, act) => {
      const path = join(logs, what.replaceAll(" ", "-"));
      writeFileSync(path, "");
      await settled(sensor);
      act(path);
      await settled(sensor);
      // logrotate renames the log, and then deletes it.
      expect([...removals(sensor, path), ...removals(sensor, `${path}.1`)]).toMatchObject([{ rule: REMOVED }]);
    },
    180_000,
  );
});

/** A Python program that deletes a file and then executes logrotate in the same process, which exits with 0. */
const THEN_LOGROTATE = `
import os, sys
os.remove(sys.argv[1])
os.execv("/usr/sbin/logrotate", ["logrotate", "--version"])
`;

/** Deletes a file with logrotate, using the configuration of another root. */
function inAnotherRoot(path: string): void {
  const root = join(folder, "root");
  for (const each of ["etc", "usr/sbin", "var/lib/logrotate", "log"]) mkdirSync(join(root, each), { recursive: true });
  writeFileSync(
    join(root, "etc/logrotate.conf"),
    `"/log/${basename(path)}" { rotate 0\n nocreate\n ifempty\n su root root\n }\n`,
    { mode: 0o644 },
  );
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\n");
  writeFileSync(join(root, "usr/sbin/logrotate"), "");
  sh('for each in $(ldd /usr/sbin/logrotate | grep -o "/[^ ]*"); do cp --parents "$each" "$0"; done', root);
  run("unshare", "-m", "sh", "-ec", ENTER, root, logs);
}

/** A shell script that makes $0 the root, with logrotate and the logs $1 in it. */
const ENTER = `
mount --bind "$0" "$0"
mount --bind /usr/sbin/logrotate "$0/usr/sbin/logrotate"
mount --bind "$1" "$0/log"
cd "$0"
pivot_root . .
exec /usr/sbin/logrotate -f /etc/logrotate.conf
`;

/** Deletes a file with a library that is loaded into logrotate. */
function preloaded(path: string): void {
  const [source, library] = [join(folder, "preload.c"), join(folder, "preload.so")];
  writeFileSync(
    source,
    `#include <unistd.h>\n__attribute__((constructor)) static void act(void) { unlink("${path}"); }\n`,
  );
  run("gcc", "-shared", "-fPIC", "-o", library, source);
  sh('LD_PRELOAD="$0" logrotate --version', library);
}

describe("removals by configuration management", needs("root", "sensor"), () => {
  const manager = join(folder, "manager");

  test("a configuration management service that started before the agent is recognized, with its descendants", async () => {
    mkdirSync(logs, { recursive: true });
    sh('cp "$(command -v sh)" "$0"', manager);
    const service = spawn(manager, ["-c", 'while read -r path; do rm "$path"; done']);
    const sensor = await start("-o", `sources.file_integrity.config_managers=[${manager}]`);
    try {
      const paths = ["own", "other"].map((name) => join(logs, name));
      for (const path of paths) writeFileSync(path, "");
      await settled(sensor);
      service.stdin.write(`${paths[0]}\n`);
      await expect.poll(() => existsSync(join(logs, "own"))).toBe(false);
      run("rm", join(logs, "other"));
      await settled(sensor);
      expect(paths.map((path) => removals(sensor, path).map(({ rule }) => rule))).toEqual([[], [REMOVED]]);
    } finally {
      service.stdin.end();
      await sensor.stop();
    }
  }, 180_000);
});

describe("removals of histories", needs("root", "sensor", "python3"), () => {
  const user = `/home/eyas-test-${process.pid}`;
  const HISTORY = "Shell history removed";
  let sensor: LiveSensor;
  beforeAll(async () => {
    mkdirSync(elsewhere, { recursive: true });
    // The default directories, without those that would be hashed.
    sensor = await startSensorWith(
      [RULES],
      OWN_RULES,
      ...["-o", "sources.file_integrity.exclude=[/etc, /boot, /usr, /bin, /sbin, /lib, /lib64, /var/log]"],
      ...["-o", `sources.file_integrity.baseline=${join(folder, "histories.db")}`],
    );
  }, 180_000);
  afterAll(async () => {
    rmSync(user, { recursive: true, force: true });
    await sensor.stop();
  });

  test("the history of a user who was added later is watched, and no other file of the home directory", async () => {
    mkdirSync(user);
    symlinkSync(user, join(elsewhere, "user"));
    const [history, other] = [join(user, ".bash_history"), join(user, "notes")];
    const own = (path: string) => removals(sensor, path).map(({ rule }) => rule);
    for (let tries = 0; tries < 60 && own(history).length === 0; tries++) {
      for (const path of [history, other]) writeFileSync(path, "");
      run("rm", join(elsewhere, "user", "notes"));
      run("rm", join(elsewhere, "user", ".bash_history"));
      await pause(2000);
    }
    expect(new Set(own(history))).toEqual(new Set([HISTORY]));
    expect(own(other)).toEqual([]);
  }, 180_000);

  test("the keys of a user who was added later are watched, also in a directory that takes the place of another", async () => {
    const [keys, file] = [join(user, ".ssh"), join(user, ".ssh/authorized_keys")];
    const rules = () => removals(sensor, file).map(({ rule, fields }) => [rule, fields["fim.change"]]);
    sh('mkdir "$0"; echo key > "$0/authorized_keys"', keys);
    await expect.poll(rules, { timeout: PATIENCE }).toEqual([["SSH configuration or key changed", "created"]]);
    sh('mv "$0" "$0.old"; mkdir "$0"; echo other > "$0/authorized_keys"', keys);
    await expect
      .poll(() => rules().at(1), { timeout: PATIENCE })
      .toEqual(["SSH configuration or key changed", "replaced"]);
  }, 180_000);

  test("keys that exist for a moment are one alert", async () => {
    const brief = join(user, ".ssh/authorized_keys2");
    sh('echo key > "$0"; rm "$0"', brief);
    await expect
      .poll(() => removals(sensor, brief), { timeout: PATIENCE })
      .toMatchObject([{ rule: "SSH configuration or key changed", fields: { "fim.change": "temporary" } }]);
  }, 180_000);

  test("a user who floods a home directory hides neither removals nor changes in other directories", async () => {
    const history = join(user, ".zsh_history");
    writeFileSync(history, "");
    sensor.signal("SIGSTOP");
    run("python3", "-c", FLOOD, user);
    run("rm", history);
    sensor.signal("SIGCONT");
    await expect.poll(() => removals(sensor, history).length, { timeout: PATIENCE }).toBe(1);
    expect(removals(sensor, history)).toMatchObject([{ rule: HISTORY }]);
    expect(sensor.alerts().filter(({ rule }) => rule === "File integrity incomplete")).toEqual([]);
  }, 180_000);
});
