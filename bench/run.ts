// Replays captures and prints the CPU time as a ratio to a fixed workload (calibrate.ts), which is measured before and
// after each replay, because the speed of a shared or throttled CPU changes within seconds. With the shared bench
// directory (../shared or EYAS_SHARED), replays its captures with the upstream rules and compares the results with the
// reference. Otherwise, replays the sample capture with the default rules.
//
//   npm run bench [-- --rounds 5] [-- --only busy]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { scriptOptions } from "../scripts/options.ts";
import { home, sample } from "../src/agent/home.ts";
import { manyRules } from "../test/many-rules.ts";

interface Load {
  readonly name: string;
  readonly capture: string;
  readonly rules: readonly string[];
  /** CPU time of the reference, as a ratio to the calibration. */
  readonly reference?: number;
  readonly limit?: number;
  /** Maximum CPU time as a ratio to the CPU time of another load, which runs shortly before this load in each round. */
  readonly against?: { readonly name: string; readonly limit: number };
}

interface Usage {
  /** CPU seconds of the process: all threads, user and system time. */
  readonly cpu: number;
  /** CPU time as a ratio to the mean of the calibrations before and after the replay. */
  readonly ratio: number;
  /** Peak memory in MiB. */
  readonly rss: number;
  /** Elapsed seconds. */
  readonly wall: number;
}

const { rounds, only } = scriptOptions(import.meta.filename, { rounds: 5, only: "" });
const shared = resolve(process.env.EYAS_SHARED ?? join(home, "../shared"));
const folder = mkdtempSync(join(tmpdir(), "eyas-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true }));

const loads = (existsSync(join(shared, "bench")) ? sharedLoads() : ownLoads()).filter(({ name }) =>
  name.includes(only),
);
const calibrations = [calibrate()];
const usages = loads.map((): Usage[] => []);
for (let round = 0; round < rounds; round++) {
  for (const [i, load] of loads.entries()) {
    const { cpu, rss, wall } = replay(load);
    const before = calibrations.at(-1)!;
    const after = calibrate();
    calibrations.push(after);
    usages[i]!.push({ cpu, ratio: cpu / ((before + after) / 2), rss, wall });
  }
}

const seconds = [median(calibrations), Math.min(...calibrations), Math.max(...calibrations)].map((s) => s.toFixed(3));
console.log(
  `calibrate: ${seconds[0]} s CPU (median of ${calibrations.length}, ${seconds[1]} to ${seconds[2]}; ` +
    `Node ${process.versions.node})\n`,
);
const columns = ["capture, rules", "CPU s", "CPU / calibrate", "reference", "limit", "wall s", "RSS MiB"];
console.log(`| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}`);
for (const [i, { name, reference, limit }] of loads.entries()) {
  const cpu = median(usages[i]!.map((usage) => usage.cpu));
  const ratio = median(usages[i]!.map((usage) => usage.ratio));
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

for (const [i, { name, against }] of loads.entries()) {
  const other = loads.findIndex((load) => load.name === against?.name);
  if (against === undefined || other < 0) continue;
  const ratio = median(usages[i]!.map(({ cpu }, round) => cpu / usages[other]![round]!.cpu));
  if (ratio > against.limit) process.exitCode = 1;
  console.log(`\n${name}: ${ratio.toFixed(2)} x the CPU time of "${against.name}" (limit ${against.limit})`);
}

/**
 * Returns loads of the busy capture: with long lists, and with many rules, which are derived from the rules in `files`;
 * the loads include startup.
 */
function manyLoads(capture: string, files: readonly string[]): Load[] {
  const load = (name: string, text: string): Load => {
    const file = join(folder, `${name.replaceAll(/\W+/g, "-")}.yaml`);
    writeFileSync(file, text);
    return { name, capture, rules: [...files, file] };
  };
  const few = load("busy, 100 more rules", manyRules(files, 100));
  return [
    { ...load("busy, 100,000 indicators", indicators(100_000)), against: { name: "busy, all", limit: 1.4 } },
    few,
    { ...load("busy, 1,000 more rules", manyRules(files, 1000)), against: { name: few.name, limit: 2 } },
    { ...load("busy, 10,000 more rules", manyRules(files, 10_000)), against: { name: few.name, limit: 4 } },
  ];
}

/** Returns rules with a list of addresses and a list of names, with `count` / 2 entries each. */
function indicators(count: number): string {
  const list = (name: string, item: (i: number) => string): string =>
    `- list: ${name}\n  items:\n${Array.from({ length: count / 2 }, (_, i) => `  - ${item(i)}\n`).join("")}`;
  const rule = (name: string, condition: string): string =>
    `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: NOTICE\n`;
  return [
    list("networks", (i) => `"100.${64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}/32"`),
    list("programs", (i) => `program-${i}`),
    rule("Network on a list", "evt.type in (connect, sendto) and fd.snet in (networks)"),
    rule("Program on a list", "evt.type in (openat, execve) and proc.name in (programs)"),
  ].join("");
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
    ...manyLoads(capture("busy"), all),
    { name: "allsys, stable", capture: capture("allsys"), rules: stable, reference: 6.07, limit: 6 },
    { name: "allsys, all", capture: capture("allsys"), rules: all, reference: 12.8, limit: 8 },
  ];
}

function ownLoads(): Load[] {
  const capture = sample();
  if (capture !== undefined) return [{ name: "sample, default rules", capture, rules: [join(home, "rules")] }];
  console.log("There is no capture to measure, neither in ../shared/bench (or EYAS_SHARED) nor in samples/.");
  process.exit(0);
}

function replay({ name, capture, rules }: Load): Omit<Usage, "ratio"> {
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
