// Replays captures and prints the CPU time as a ratio to a fixed workload (calibrate.ts) that is measured in turn. With the
// shared bench folder (../shared or EYAS_SHARED): its captures with the upstream rules, compared with the reference.
// Without: the sample capture with the default rules.
//
//   npm run bench [-- --rounds 5] [-- --only busy]
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { home, sample } from "../src/agent/home.ts";

interface Load {
  readonly name: string;
  readonly capture: string;
  readonly rules: readonly string[];
  /** CPU time as a ratio to the calibration: of the reference, and the limit. */
  readonly reference?: number;
  readonly limit?: number;
}

interface Usage {
  /** CPU seconds of the process: all threads, user and system. */
  readonly cpu: number;
  /** Peak memory in MiB. */
  readonly rss: number;
  /** Elapsed seconds. */
  readonly wall: number;
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, only: { type: "string", default: "" } },
});
const shared = resolve(process.env.EYAS_SHARED ?? join(home, "../shared"));

const loads = (existsSync(join(shared, "bench")) ? sharedLoads() : ownLoads()).filter(({ name }) =>
  name.includes(values.only),
);
const calibrations: number[] = [];
const usages = loads.map((): Usage[] => []);
for (let round = 0; round < Number(values.rounds); round++) {
  calibrations.push(calibrate());
  for (const [i, load] of loads.entries()) usages[i]!.push(replay(load));
}

const unit = median(calibrations);
console.log(`calibrate: ${unit.toFixed(3)} s CPU (median of ${calibrations.length}; Node ${process.versions.node})\n`);
const columns = ["capture, rules", "CPU s", "CPU / calibrate", "reference", "limit", "wall s", "RSS MiB"];
console.log(`| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}`);
for (const [i, { name, reference, limit }] of loads.entries()) {
  const cpu = median(usages[i]!.map((usage) => usage.cpu));
  const ratio = cpu / unit;
  if (limit !== undefined && ratio > limit) process.exitCode = 1;
  const wall = median(usages[i]!.map((usage) => usage.wall));
  const rss = Math.max(...usages[i]!.map((usage) => usage.rss));
  const row = [
    name,
    cpu.toFixed(2),
    ratio.toFixed(1),
    reference?.toFixed(1) ?? "",
    limit ?? "",
    wall.toFixed(2),
    rss.toFixed(0),
  ];
  console.log(`| ${row.join(" | ")} |`);
}

function sharedLoads(): Load[] {
  const rules = (names: readonly string[]): string[] =>
    names.map((name) => join(shared, "upstream-rules", `${name}.yaml`));
  const stable = rules(["falco_rules"]);
  const all = rules(["falco_rules", "falco-incubating_rules", "falco-sandbox_rules"]);
  const capture = (name: string): string => join(shared, "bench", `${name}.scap.gz`);
  return [
    { name: "busy, stable", capture: capture("busy"), rules: stable, reference: 12.0, limit: 12 },
    { name: "busy, all", capture: capture("busy"), rules: all, reference: 30.1, limit: 15 },
    { name: "allsys, stable", capture: capture("allsys"), rules: stable, reference: 6.07, limit: 6 },
    { name: "allsys, all", capture: capture("allsys"), rules: all, reference: 12.8, limit: 8 },
  ];
}

function ownLoads(): Load[] {
  const capture = sample();
  if (capture !== undefined) return [{ name: "sample, default rules", capture, rules: [join(home, "rules")] }];
  console.log("There is no capture to measure: neither ../shared/bench (or EYAS_SHARED) nor one in samples/.");
  process.exit(0);
}

function replay({ name, capture, rules }: Load): Usage {
  const report = join(import.meta.dirname, "report-usage.ts");
  const began = performance.now();
  const run = spawnSync(
    join(home, "bin/eyas"),
    ["replay", capture, ...rules.flatMap((file) => ["-r", file]), "--json"],
    {
      env: { ...process.env, NODE_OPTIONS: `--import=${report}` },
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      encoding: "utf8",
    },
  );
  const wall = (performance.now() - began) / 1000;
  if (run.status !== 0) throw new Error(`${name}: replay ended with ${run.status}: ${run.stderr.slice(-500)}`);
  const { cpu, rss } = JSON.parse(run.output[3] ?? "") as { cpu: number; rss: number };
  return { cpu, rss, wall };
}

function calibrate(): number {
  const run = spawnSync(process.execPath, [join(import.meta.dirname, "calibrate.ts")], { encoding: "utf8" });
  const { calibrate_cpu_s } = JSON.parse(run.stdout) as { calibrate_cpu_s: number };
  return calibrate_cpu_s;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
