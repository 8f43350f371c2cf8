import { spawnSync } from "node:child_process";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { folder, own, prepare, READ, ROWS, RULES, remove } from "../detection/objects.ts";
import { needs } from "../parts/needs.ts";
import { alertsOf, home, READY_RULE, startSensorWith } from "./sensor.ts";

const SHADOW = "/etc/shadow";
/** A path as long as that of the secret. */
const HARMLESS = `/tmp/${String(process.pid).padStart(6, "0").slice(-6)}`;
const inFolder = (name: string): string => join(folder, name);
const [OWN_SECRET, OWN_HARMLESS, FIFO] = [inFolder("secret-1"), inFolder("harmless"), inFolder("fifo")];
const [NAMED_SECRET, NAMED_HARMLESS] = [inFolder("secret-2"), inFolder("harmles2")];
const [OPENED, SECRET, NAMED] = ["File opened in race", "Secret opened in race", "Secret opened in race, by name"];

/** Races between an open and another thread or process that rewrites its path: name, secret, other file, and rule. */
const RACES: readonly (readonly [what: string, secret: string, other: string, rule: string, command: string[]])[] = [
  ["race-thread", SHADOW, HARMLESS, READ, own("race", HARMLESS)],
  ["race-process", SHADOW, HARMLESS, READ, own("race-process", HARMLESS)],
  ["race-creat", OWN_SECRET, OWN_HARMLESS, SECRET, own("race-creat", OWN_SECRET, OWN_HARMLESS)],
  ["race-creat-name", NAMED_SECRET, NAMED_HARMLESS, NAMED, own("race-creat", NAMED_SECRET, NAMED_HARMLESS)],
  ["race-fifo", SHADOW, FIFO, READ, own("race-fifo", FIFO)],
];

const RACE_RULES = `
- rule: ${OPENED}
  desc: Every file that a racing program opens.
  condition: >-
    (evt.is_open_read = true or evt.type = creat) and evt.rawres >= 0 and proc.env[EYAS_DRILL] startswith race-
    and not fd.name startswith anyof (/proc/, /lib, /usr/, /etc/ld.so)
  output: name=%fd.name inode=%fd.ino given=%evt.arg.name mark=%proc.env[EYAS_DRILL]
  priority: NOTICE
- rule: ${SECRET}
  desc: A file that only this test protects.
  condition: evt.type in (open, openat, openat2, creat) and evt.rawres >= 0 and fd.real.path = ${OWN_SECRET}
  output: real=%fd.real.path mark=%proc.env[EYAS_DRILL]
  priority: NOTICE
- rule: ${NAMED}
  desc: A file that only this test protects, in the way of rules written for Falco.
  condition: evt.type in (open, openat, openat2, creat) and evt.rawres >= 0 and fd.name in (${NAMED_SECRET}, /etc/absent)
  output: name=%fd.name mark=%proc.env[EYAS_DRILL]
  priority: NOTICE
`;

/** Default rules whose output includes the mark of the process and the real path. */
const MARKED =
  READY_RULE +
  RACE_RULES +
  RULES.map(
    (rule) => `
- rule: ${rule}
  output: mark=%proc.env[EYAS_DRILL] real=%fd.real.path
  override: { output: append }
`,
  ).join("");

describe("files opened through another path", needs("root", "sensor"), () => {
  let alerts: readonly DrilledAlert[] = [];
  const results = new Map<string, string>();
  const byInode = new Map<unknown, string>();
  /** Whether no event was dropped during the races. */
  let isComplete = false;

  function run(mark: string, [file = "", ...words]: readonly string[]): string {
    const env = { ...process.env, EYAS_DRILL: mark };
    const { status, stdout, stderr } = spawnSync(file, words, { env, encoding: "utf8", input: "" });
    return status === 0 ? stdout : `exit ${status}: ${stderr}`;
  }

  beforeAll(async () => {
    prepare();
    const sensor = await startSensorWith(
      [join(home, "rules/syscall.yaml"), join(home, "rules/syscall_incubating.yaml")],
      MARKED,
    );
    try {
      for (const [what, , , command] of ROWS) results.set(what, run(what, command));
      writeFileSync(HARMLESS, "");
      const before = sensor.drops();
      for (const [what, secret, other, , command] of RACES) {
        // On a busy machine, one of the files may be opened only in a later race.
        let attempts = 20;
        do results.set(what, run(what, command));
        while (![secret, other].every((path) => existsSync(path)) && --attempts > 0);
      }
      for (const path of RACES.flatMap(([, secret, other]) => [secret, other])) byInode.set(statSync(path).ino, path);
      isComplete = (await sensor.allDrops()) === before;
      alerts = sensor.alerts();
    } finally {
      await sensor.stop();
    }
  }, 300_000);

  afterAll(() => {
    remove();
    rmSync(HARMLESS, { force: true });
  });

  test.each(ROWS)("%s: %s, %s", (what, rule, real) => {
    expect(results.get(what)).not.toMatch(/^exit/);
    const found = alertsOf(alerts, what).filter((alert) => alert.rule === rule);
    expect(found.map(({ fields }) => fields["fd.real.path"])).toContain(real);
  });

  test.each(RACES)("%s: each event names the file that was opened", (what, secret, other, rule) => {
    const opened = (results.get(what) ?? "").trim().split("\n");
    const all = new Set([secret, other]);
    // The kernel can also read a mixture of both paths; creat then creates a file with this path.
    if (!what.startsWith("race-creat")) expect(opened.filter((path) => !all.has(path))).toEqual([]);
    expect(opened.length).toBeGreaterThan(what === "race-fifo" ? 0 : 100);
    const found = alertsOf(alerts, what);
    const events = found.filter((alert) => alert.rule === OPENED).map(({ fields }) => fields);
    expect(events.length).toBeGreaterThan(what === "race-fifo" ? 0 : 100);
    // The memory can contain a mixture of both paths.
    const wrong = events.filter(
      ({ "fd.name": name, "fd.ino": inode }) => all.has(String(name)) && name !== byInode.get(inode),
    );
    expect(wrong).toEqual([]);
    // Whether the path is rewritten before a call ends varies, except where the call waits for it.
    if (what === "race-fifo") expect(found.map(({ fields }) => fields["evt.arg.name"])).toContain(secret);
    const secrets = events.filter(({ "fd.ino": inode }) => byInode.get(inode) === secret);
    expect(secrets.filter(({ "fd.name": name }) => name !== secret)).toEqual([]);
    expect(found.filter((alert) => alert.rule === rule)).toHaveLength(secrets.length);
    if (!isComplete) return;
    const named = opened.map((path) => (all.has(path) ? path : undefined)); // a mixture has another inode
    expect(events.map(({ "fd.ino": inode }) => byInode.get(inode))).toEqual(named);
  });
});
