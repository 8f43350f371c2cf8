import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alertsIn } from "./alerts.ts";
import type { AttackOptions, Outcome } from "./outcome.ts";
import { AttackedSensor } from "./sensor.ts";

/** Users without privileges: of the flood, and of the actions that must not be hidden by it. */
const [FLOODER, ANOTHER] = [65_534, 65_533];
/** Milliseconds between two actions of the other user. */
const PAUSE = 3000;
/** Field with the number of matches that an alert represents in addition to its own (docs/alert-folding.md). */
const REPEATS = "eyas.repeats";

/** Creates and removes a link until it is interrupted; prints the number of times. */
const FLOOD = `my ($link, $end, $n) = ($ARGV[0], 0, 0);
$SIG{TERM} = sub { $end = 1 };
until ($end) { for (1..50) { symlink("/etc/shadow", $link) or die; unlink($link) or die; $n++ } }
print "$n\\n";`;
const LINK = 'symlink("/etc/shadow", $ARGV[0]) or die';

/**
 * Two unprivileged loops raise alerts as fast as they can, while another user acts now and then.
 * @returns matches of the loops; matches that are neither alerts nor counted as repeats, and missing alerts of the other
 * user, unless the sensor states dropped events
 */
export async function attackFlood({ minutes, report }: Omit<AttackOptions, "seed">): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-attack-flood-"));
  chmodSync(folder, 0o1777);
  const journal = join(folder, "own", "journal.db");
  const sensor = await AttackedSensor.start([], ["-o", `journal.path=${journal}`, "-o", "journal.max_size=30MB"]);
  try {
    const loops = [flood(join(folder, "one")), flood(join(folder, "two"))];
    let acts = 0;
    for (const end = Date.now() + minutes * 60_000; Date.now() < end && sensor.isRunning; acts++) {
      spawnSync("setpriv", perl(ANOTHER, LINK, join(folder, `other-${acts}`)));
      await sleep(PAUSE);
    }
    const links = (await Promise.all(loops.map((loop) => loop.end()))).reduce((sum, count) => sum + count, 0);
    const rss = sensor.isRunning ? residentMegabytes(sensor.pid) : 0;
    await sensor.stop();

    const alerts = alertsIn(journal).filter(({ output }) => output.includes(`link=${folder}/`));
    const counted = alerts.reduce((sum, { fields }) => sum + 1 + Number(fields[REPEATS] ?? 0), 0);
    const others = Array.from({ length: acts }, (_, act) => `link=${folder}/other-${act} `).filter(
      (text) => !alerts.some(({ output }) => output.includes(text)),
    );
    const missing = links + acts - counted;
    report(
      `flood: ${links} links in ${alerts.length} alerts, ${missing} not counted, ${sensor.dropped} events dropped, ${others.length} of ${acts} alerts of another user missing, ${rss} MB`,
    );
    for (const crash of sensor.crashes) report(`flood: ${crash}`);
    const lost = sensor.dropped > 0 ? 0 : Math.abs(missing) + others.length;
    return { attempts: links + acts, crashes: sensor.crashes.length, hangs: 0, lost };
  } finally {
    await sensor.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function perl(user: number, program: string, ...more: readonly string[]): readonly string[] {
  return [`--reuid=${user}`, `--regid=${user}`, "--clear-groups", "perl", "-e", program, ...more];
}

/** A loop that floods; `end` returns the number of its links. */
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
      return Number(text);
    },
  };
}

function residentMegabytes(pid: number | undefined): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
