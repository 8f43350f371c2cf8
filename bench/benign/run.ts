// Alerts that benign workloads raise: see docs/noise.md.
//   npm run benign -- [--only NAME,NAME] [--minutes N] [--record DIR | --replay DIR] [--rules PATH]
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { DrilledAlert } from "../../src/drill/check.ts";
import { measure, recordWorkload } from "./measure.ts";
import { missingOf, workloads } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    minutes: { type: "string", default: "5" },
    record: { type: "string" },
    replay: { type: "string" },
    rules: { type: "string", multiple: true, default: [] },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) fail("--minutes takes a number above 0");
const names = values.only?.split(",");
const unknown = names?.find((name) => !workloads.some((each) => each.name === name));
if (unknown !== undefined) fail(`--only takes ${workloads.map(({ name }) => name).join(", ")}, not "${unknown}"`);

const temporary = values.record === undefined && values.replay === undefined;
const folder = resolve(values.record ?? values.replay ?? mkdtempSync(join(tmpdir(), "benign-")));
mkdirSync(folder, { recursive: true });
const rows: string[][] = [];
let noisy = false;
for (const workload of workloads) {
  const { name, about } = workload;
  if (names !== undefined && !names.includes(name)) continue;
  const capture = join(folder, `${name}.scap.gz`);
  if (values.replay === undefined) {
    const missing = missingOf(workload);
    if (missing.length > 0) {
      say(`${name}: skipped, not installed: ${missing.join(", ")}`);
      continue;
    }
    say(`${name}: ${about}`);
    await recordWorkload(workload, capture, minutes);
  } else if (!existsSync(capture)) {
    say(`${name}: skipped, no ${capture}`);
    continue;
  }
  const measured = measure(capture, values.rules);
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
    measured.events.toLocaleString("en"),
    measured.alerts.length.toLocaleString("en"),
    above ? `above the limit of ${allowed}` : "",
  ]);
}
if (temporary) rmSync(folder, { recursive: true });
say(["", "workload".padEnd(12), ...["minutes", "events", "alerts"].map((title) => title.padStart(12))].join(""));
for (const [name = "", ...rest] of rows)
  say([name.padEnd(12), ...rest.map((text, i) => (i < 3 ? text.padStart(12) : `  ${text}`))].join(""));
process.exit(noisy ? 1 : 0);

/** What an alert is about, in one line. */
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
