import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REPEATS } from "../../src/alert/repeats-field.ts";
import { timeOfIdText } from "../../src/journal/id-time.ts";
import { openReader } from "../../src/journal/read.ts";
import { MAX_RSS } from "../attack/flood.ts";
import { journalSize, residentBytes } from "../attack/usage.ts";
import { needs } from "../parts/needs.ts";
import { ended, eyas, pause } from "./sensor.ts";

/** Seconds that the flood lasts. */
const SECONDS = Number(process.env.EYAS_FLOOD_SECONDS ?? 10);
/** A long run, on a machine without other work, also measures delays and memory. */
const IS_LONG = SECONDS >= 60;
const AFTER = IS_LONG ? 30 : 8;
const MAX_SIZE = 30e6;
const LINK_RULE = "Symbolic link created to credential path";
const [NOBODY, ANOTHER] = [65_534, 65_533];

const folder = mkdtempSync(join(tmpdir(), "eyas-flood-"));
const journal = join(folder, "own/journal.db");
chmodSync(folder, 0o1777);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the arguments that run a Perl program as another user. */
function perl(uid: number, program: string, ...more: readonly string[]): readonly string[] {
  return [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "perl", "-e", program, ...more];
}

/** Creates and removes a link for some seconds, and prints the number of links. */
const FLOOD = `my ($end, $link, $n) = (time() + $ARGV[0], $ARGV[1], 0);
while (time() < $end) { for (1..50) { symlink("/etc/shadow", $link) or die; unlink($link) or die; $n++ } }
print "$n\\n";`;
const LINK = "symlink($ARGV[0], $ARGV[1]) or die";

function flood(link: string): Promise<number> {
  const child = spawn("setpriv", perl(NOBODY, FLOOD, String(SECONDS), join(folder, link)), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return new Promise((resolve) => child.once("close", () => resolve(Number(text))));
}

/** Actions during the flood: the rule of the alert, a text in its fields, and the action. */
const REAL: readonly (readonly [rule: string, text: string, act: () => unknown])[] = [
  [LINK_RULE, "other-user", () => spawnSync("setpriv", perl(ANOTHER, LINK, "/etc/shadow", join(folder, "other-user")))],
  [
    LINK_RULE,
    "other-program",
    () =>
      spawnSync("setpriv", [
        ...perl(NOBODY, "").slice(0, 3),
        ...["ln", "-s", "/etc/shadow", join(folder, "other-program")],
      ]),
  ],
  [
    LINK_RULE,
    "other-subject",
    () => spawnSync("setpriv", perl(NOBODY, LINK, "/etc/gshadow", join(folder, "other-subject"))),
  ],
  ...(
    [
      ["hardlink-shadow", "Hard link created to credential file"],
      ["read-shadow", "Credential file read by unexpected program"],
      ["find-private-keys", "Private keys searched with find or grep"],
      ["shred", "Data destruction tool started"],
      ["empty-log", "Log file truncated"],
    ] as const
  ).map(([action, rule]) => [rule, "", () => spawnSync(eyas, ["drill", "--only", action])] as const),
];

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(100);
}

interface Stored {
  readonly rule: string;
  readonly text: string;
  readonly repeats: number;
  /** Milliseconds between the event and the write to the journal. */
  readonly delay: number;
}

function stored(): readonly Stored[] {
  const reader = openReader(journal);
  try {
    const alerts = reader?.read(0, 100_000) ?? [];
    return alerts.map(({ id, rule, message, time, names, values }) => ({
      rule,
      text: message,
      repeats: Number(values[names.indexOf(REPEATS)] ?? 0),
      delay: timeOfIdText(id) - Number(time / 1_000_000n),
    }));
  } finally {
    reader?.close();
  }
}

describe("two unprivileged loops that raise alerts as fast as they can", needs("sensor"), () => {
  let sensor: ChildProcess;
  let log = "";
  let counts: readonly number[] = [];
  let delivered: readonly Stored[] = [];
  let rss = 0;
  let rssAfter = 0;
  let size = 0;

  const resident = (): number => residentBytes(sensor.pid ?? 0);

  beforeAll(
    async () => {
      sensor = spawn(eyas, ["run", "-o", `journal.path=${journal}`, "-o", `journal.max_size=${MAX_SIZE / 1e6}MB`], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      sensor.stderr?.on("data", (chunk: Buffer) => {
        log += chunk.toString();
      });
      await until(() => log.includes("Watching this machine"));
      await until(() => log.includes("file integrity baseline") || log.includes("files cannot be watched"));
      if (IS_LONG) await until(() => resident() < MAX_RSS * 0.9); // until memory of the start is returned
      let over = false;
      const floods = Promise.all([flood("one"), flood("two")]).finally(() => {
        over = true;
      });
      const acted = (async () => {
        await pause(3000);
        for (const [, , act] of REAL) {
          act();
          await pause(300);
        }
      })();
      while (!over) {
        rss = Math.max(rss, resident());
        size = Math.max(size, journalSize(journal));
        await pause(200);
      }
      counts = await floods;
      await acted;
      for (let i = 0; i < AFTER; i++) {
        await pause(1000);
        rss = Math.max(rss, resident());
      }
      rssAfter = resident();
      const closed = new Promise((resolve) => sensor.once("close", resolve));
      sensor.kill("SIGTERM");
      await closed;
      delivered = stored();
    },
    (SECONDS + AFTER) * 1000 + 200_000,
  );

  afterAll(() => ended(sensor));

  test("lose no event", () => {
    expect(log).toContain("none dropped");
    expect(Math.min(...counts)).toBeGreaterThan(1000);
  });

  test.each(REAL.map(([rule, text]) => [rule, text] as const))("do not hide the alert %s %s", (rule, text) => {
    const found = delivered.filter((alert) => alert.rule === rule && alert.text.includes(`${folder}/${text}`));
    const others = delivered.filter((alert) => alert.rule === rule);
    const [first] = text === "" ? others : found;
    expect(first).toBeDefined();
    expect(first?.repeats).toBe(0);
    if (IS_LONG) expect(first?.delay).toBeLessThan(1000);
  });

  test("are counted exactly by alerts and their repeats", () => {
    const links = delivered.filter((alert) => alert.rule === LINK_RULE && alert.text.includes(folder));
    const matches = links.reduce((sum, { repeats }) => sum + 1 + repeats, 0);
    expect(matches).toBe(counts.reduce((sum, count) => sum + count, 0) + 3);
    expect(links.length).toBeLessThan(40 + SECONDS);
  });

  test("leave journal and memory within their limits", () => {
    expect(size).toBeLessThanOrEqual(MAX_SIZE * 1.1);
    // If other tests run concurrently, the sensor also has the files and processes of their servers in memory.
    const most = IS_LONG ? MAX_RSS : MAX_RSS * 1.5;
    expect(rss).toBeLessThanOrEqual(most);
    expect(rssAfter).toBeLessThanOrEqual(most);
  });
});
