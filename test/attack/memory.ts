import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { matchesAction } from "../../src/drill/check.ts";
import { runDrill } from "../live/sensor.ts";
import { alertsIn } from "./alerts.ts";
import { flood } from "./flood.ts";
import { makeMemoryCgroup } from "./memory-cgroup.ts";
import { type AttackOptions, type Outcome, sum } from "./outcome.ts";
import { AttackedSensor, answersText } from "./sensor.ts";

/** Options that fold alerts only above a thousand per second, the default with a configuration file for Falco. */
const UNFOLDED = ["-o", "alert_folding.burst=10000", "-o", "alert_folding.rate=1000"];

/** Sizes of cgroups in MB, with options. */
const RUNS: readonly (readonly [size: number, options: readonly string[]])[] = [
  [150, []],
  [150, UNFOLDED],
  [256, []],
  [512, []],
];

/**
 * Duration in minutes below which only one size is tested; the other sizes have a separate test
 * (test/live/small-memory.live.test.ts).
 */
const SHORT = 0.5;
const HARDEST = RUNS.slice(1, 2);

/**
 * Runs the sensor and the web UI in small cgroups, during the drill and floods of alerts.
 * @returns the numbers of drill actions, of unexpected exits of the program, of periods without a response of
 * `/healthz`, and of actions without an alert, including actions in dropped events
 */
export async function attackMemory({ minutes, report, isTest = false }: Omit<AttackOptions, "seed">): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  const runs = minutes < SHORT ? HARDEST : RUNS;
  for (const [size, more] of runs)
    outcomes.push(await within(size, more, { minutes: minutes / runs.length, report, isTest }));
  return sum(outcomes);
}

async function within(
  size: number,
  more: readonly string[],
  { minutes, report, isTest = false }: Omit<AttackOptions, "seed">,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-attack-memory-"));
  const journal = join(folder, "journal.db");
  const links = mkdtempSync(join(tmpdir(), "eyas-attack-links-"));
  const cgroup = makeMemoryCgroup(size * 2 ** 20);
  const options = [
    "-o",
    `journal.path=${journal}`,
    "-o",
    "web_page.enabled=true",
    "-o",
    "web_page.listen_port=0",
    ...more,
  ];
  const sensor = await AttackedSensor.start(cgroup.enter, options);
  let attempts = 0;
  let lost = 0;
  try {
    chmodSync(links, 0o777);
    sensor.watchHealth();
    const loops = [flood(join(links, "one")), flood(join(links, "two"))];
    const end = Date.now() + minutes * 60_000;
    const reports = await runDrill();
    while (Date.now() < end && sensor.isRunning) await sleep(100);
    for (const loop of loops) await loop.end();
    const answers = await sensor.answered();
    await sensor.stop();
    const alerts = alertsIn(journal);
    for (const action of SYSCALL_ACTIONS) {
      if (reports.get(action.name)?.outcome !== "done") continue;
      attempts++;
      if (alerts.some((alert) => matchesAction(action, alert))) continue;
      report(`memory: no alert of ${action.name} in ${size} MB`);
      if (!isTest || sensor.dropped === 0) lost++;
    }
    const peak = Math.round(cgroup.peak() / 2 ** 20);
    report(
      `memory: ${size} MB${more.length > 0 ? " with a thousand alerts per second" : ""}, at most ${peak} MB used, ${cgroup.kills()} kills, ${sensor.dropped} events dropped, ${answersText(answers)}`,
    );
    for (const crash of sensor.crashes) report(`memory: ${size} MB: ${crash}`);
    return { attempts, crashes: sensor.crashes.length, hangs: answers?.hangs, lost };
  } finally {
    await sensor.stop();
    await cgroup.remove();
    for (const each of [folder, links]) rmSync(each, { recursive: true, force: true });
  }
}
