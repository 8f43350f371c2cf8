import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alertsIn } from "./alerts.ts";
import type { AttackOptions, Outcome } from "./outcome.ts";
import { AttackedSensor, answersText } from "./sensor.ts";
import { journalSize, residentBytes } from "./usage.ts";

/** Unprivileged users: one runs the flood, the other performs the actions that the flood must not hide. */
const [FLOODER, ANOTHER] = [65_534, 65_533];
/** Interval between two actions of the other user, in milliseconds. */
const PAUSE = 3000;
/** Interval between two measurements, in milliseconds. */
const MEASURE = 200;
/** Maximum time between an event of the other user and its alert in the journal, in milliseconds. */
const MAX_DELAY = 1000;
const MAX_SIZE = 30e6;
/** Maximum resident memory, in bytes, including the baseline of file integrity and the package tables. */
export const MAX_RSS = 200 * 2 ** 20;
/** Time within which the sensor must release memory that it needs only at startup, in milliseconds. */
const START = 60_000;
/** Field with the number of additional matches that an alert represents (docs/alert-folding.md). */
const REPEATS = "eyas.repeats";

/** Creates and removes a link until it receives SIGTERM, and prints the number of links. */
const FLOOD = `my ($link, $end, $n) = ($ARGV[0], 0, 0);
$SIG{TERM} = sub { $end = 1 };
until ($end) { for (1..50) { symlink("/etc/shadow", $link) or die $!; unlink($link) or die $!; $n++ } }
print "$n\\n";`;
const LINK = 'symlink("/etc/shadow", $ARGV[0]) or die $!';

/**
 * Runs two unprivileged loops that raise alerts as fast as they can, while another user performs an action from time to
 * time.
 * @returns attempts: the matches of the loops; crashes: exits of the program, and exceeded limits of memory and
 * journal; hangs: periods without a response of `/healthz`; lost: matches that are neither alerts nor counted as
 * repeats, including matches in dropped events, and alerts of the other user that are missing or more than a second
 * late
 */
export async function attackFlood({ minutes, report, isTest = false }: Omit<AttackOptions, "seed">): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-attack-flood-"));
  chmodSync(folder, 0o1777);
  const journal = join(folder, "own", "journal.db");
  const limit = `journal.max_size=${MAX_SIZE / 1e6}MB`;
  const sensor = await AttackedSensor.start([], ["-o", `journal.path=${journal}`, "-o", limit]);
  let [rss, rssAt, size, began] = [0, 0, 0, 0];
  const measure = (): void => {
    if (!sensor.isRunning || sensor.pid === undefined) return;
    const now = residentBytes(sensor.pid);
    if (now > rss) [rss, rssAt] = [now, Date.now() - began];
    size = Math.max(size, journalSize(journal));
  };
  try {
    await untilSmall(sensor);
    began = Date.now();
    sensor.watchHealth();
    const loops = [flood(join(folder, "one")), flood(join(folder, "two"))];
    const measuring = setInterval(measure, MEASURE);
    let acts = 0;
    for (const end = Date.now() + minutes * 60_000; Date.now() < end && sensor.isRunning; acts++) {
      await once(spawn("setpriv", perl(ANOTHER, LINK, join(folder, `other-${acts}`))), "close");
      await sleep(PAUSE);
    }
    const links = (await Promise.all(loops.map((loop) => loop.end()))).reduce((sum, count) => sum + count, 0);
    clearInterval(measuring);
    measure();
    const answers = await sensor.answered();
    await sensor.stop();

    const alerts = alertsIn(journal).filter(({ output }) => output.includes(`link=${folder}/`));
    const counted = alerts.reduce((sum, { fields }) => sum + 1 + Number(fields[REPEATS] ?? 0), 0);
    const others = Array.from({ length: acts }, (_, act) =>
      alerts.find(({ output }) => output.includes(`link=${folder}/other-${act} `)),
    );
    const delays = others.flatMap((alert) => alert?.delay ?? []);
    const inTime = delays.filter((delay) => delay < MAX_DELAY).length;
    const missing = links + acts - counted;
    report(
      `flood: ${links} links in ${alerts.length} alerts, ${missing} not counted, ${sensor.dropped} events dropped`,
    );
    report(
      `flood: ${inTime} of ${acts} alerts of another user within ${MAX_DELAY} ms, the slowest after ${Math.max(0, ...delays)} ms, ${acts - delays.length} missing`,
    );
    report(
      `flood: at most ${megabytes(rss)} MB resident (after ${Math.round(rssAt / 1000)} s) of ${megabytes(MAX_RSS)} MB, journal at most ${megabytes(size)} MB with max_size ${megabytes(MAX_SIZE)} MB`,
    );
    report(`flood: ${answersText(answers)}`);
    for (const crash of sensor.crashes) report(`flood: ${crash}`);
    const exceeded = Number(rss > MAX_RSS && !isTest) + Number(size > MAX_SIZE * 1.1);
    const seen = isTest ? delays.length : inTime;
    return {
      attempts: links + acts,
      crashes: sensor.crashes.length + exceeded,
      hangs: answers?.hangs,
      lost: isTest && sensor.dropped > 0 ? 0 : Math.abs(missing) + acts - seen,
    };
  } finally {
    await sensor.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when the sensor has released memory that it needs only at startup, or after a minute. */
async function untilSmall(sensor: AttackedSensor): Promise<void> {
  for (const end = Date.now() + START; Date.now() < end && sensor.isRunning && sensor.pid !== undefined; ) {
    if (residentBytes(sensor.pid) < MAX_RSS * 0.9) return;
    await sleep(MEASURE);
  }
}

function perl(user: number, program: string, ...more: readonly string[]): readonly string[] {
  return [`--reuid=${user}`, `--regid=${user}`, "--clear-groups", "perl", "-e", program, ...more];
}

/**
 * Starts a loop that creates links as fast as possible. `end` stops the loop and returns the number of links.
 * @throws Error from `end` if the loop ended early, for example because other users cannot access the temporary
 * directory
 */
export function flood(link: string): { end(): Promise<number> } {
  const child = spawn("setpriv", perl(FLOODER, FLOOD, link), { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  return {
    async end() {
      child.kill("SIGTERM");
      await closed;
      if (child.exitCode !== 0) throw new Error(`the flood ended with ${child.exitCode ?? child.signalCode}`);
      return Number(text);
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
