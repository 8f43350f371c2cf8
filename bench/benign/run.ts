// Alerts that benign workloads raise: see docs/noise.md.
//   npm run benign -- [--only NAME,NAME] [--minutes N] [--together | --record DIR | --replay DIR] [--rules PATH]
import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { scriptOptions } from "../../scripts/options.ts";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { measureLive } from "./live.ts";
import { type Measured, measure, recordWorkload } from "./measure.ts";
import { missingOf, type Workload, workloads } from "./workloads.ts";

const values = scriptOptions(import.meta.filename, {
  only: "",
  minutes: 5,
  together: false,
  record: "",
  replay: "",
  rules: [],
});
const { minutes } = values;
if (!(minutes > 0)) fail("--minutes must be a number greater than 0");
const names = values.only === "" ? undefined : values.only.split(",");
const unknown = names?.find((name) => !workloads.some((each) => each.name === name));
if (unknown !== undefined) fail(`--only accepts ${workloads.map(({ name }) => name).join(", ")}, not "${unknown}"`);

const folder = values.record || values.replay;
if (values.together && folder !== "") fail("--together cannot be combined with --record or --replay");
if (values.record !== "") mkdirSync(values.record, { recursive: true });
const rows: string[][] = [];
let noisy = false;
const selected = workloads.filter((workload) => {
  const { name } = workload;
  if (names !== undefined && !names.includes(name)) return false;
  const missing = values.replay === "" ? missingOf(workload) : [];
  if (missing.length > 0) say(`${name}: skipped, not installed: ${missing.join(", ")}`);
  return missing.length === 0;
});
const together = values.together ? await live(selected) : undefined;
for (const workload of selected) {
  const { name, about } = workload;
  say(`${name}: ${about}`);
  const measured = together?.get(workload) ?? (await alertsOf(workload));
  if (measured === undefined) continue;
  const allowed = Math.max(1, Math.floor(measured.minutes / 60));
  const above = measured.alerts.length > allowed;
  noisy ||= above;
  for (const [rule, alerts] of Map.groupBy(measured.alerts, (alert) => alert.rule)) {
    say(`  ${String(alerts.length).padStart(5)}  ${rule}`);
    say(`         ${exampleOf(alerts[0])}`);
  }
  rows.push([
    name,
    measured.minutes.toFixed(1),
    measured.events?.toLocaleString("en") ?? "",
    measured.alerts.length.toLocaleString("en"),
    above ? `above the limit of ${allowed}` : "",
  ]);
}
say(["", "workload".padEnd(12), ...["minutes", "events", "alerts"].map((title) => title.padStart(12))].join(""));
for (const [name = "", ...rest] of rows)
  say([name.padEnd(12), ...rest.map((text, i) => (i < 3 ? text.padStart(12) : `  ${text}`))].join(""));
process.exit(noisy ? 1 : 0);

/** Measures a workload, from a capture or live; undefined if the capture does not exist. */
async function alertsOf(workload: Workload): Promise<Measured | undefined> {
  if (folder === "") return (await live([workload])).get(workload);
  const capture = resolve(folder, `${workload.name}.scap.gz`);
  if (values.record !== "") await recordWorkload(workload, capture, minutes);
  else if (!existsSync(capture)) {
    say(`${workload.name}: skipped, there is no ${capture}`);
    return undefined;
  }
  return measure(capture, values.rules);
}

/** Runs workloads in parallel, and prints alerts as they arrive. */
function live(some: readonly Workload[]): Promise<Map<Workload, Measured>> {
  return measureLive(some, {
    minutes,
    rules: values.rules,
    onAlert: (workload, alert) =>
      say(
        `${new Date().toISOString().slice(11, 19)} ${workload?.name ?? "other work"}: ${alert.rule}: ${exampleOf(alert)}`,
      ),
  });
}

/** Describes an alert in one line. */
function exampleOf(alert: DrilledAlert | undefined): string {
  const fields = alert?.fields ?? {};
  return Object.entries(fields)
    .filter(
      ([key, value]) =>
        value !== null && value !== "" && !/^(evt\.time|user\.|proc\.(tty|pid)|container\.(name|image))/.test(key),
    )
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(" ")
    .slice(0, 400);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(sentence: string): never {
  process.stderr.write(`benign: ${sentence}\n`);
  process.exit(2);
}
