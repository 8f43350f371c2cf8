// Overhead of the sensor for a busy program, and dropped events: the loads of the shared bench directory (../shared or
// EYAS_SHARED) run on one core, alternately with the sensor off and on; the sensor runs on another core. Requires root,
// cc, taskset and two cores.
//
//   npm run bench:live [-- --rounds 3] [-- --flood 30] [-- --only many]
//
// --only NAME: only this flood (open, connect, spawn or many). --rounds 0: only floods.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { scriptOptions } from "../scripts/options.ts";
import { home } from "../src/agent/home.ts";
import { manyRules } from "../test/many-rules.ts";

/** Number of iterations of each load. */
const counts = { getppid: 3_000_000, read: 3_000_000, open: 600_000, connect: 150_000, spawn: 3_000 } as const;
type Mode = keyof typeof counts;
const modes: readonly Mode[] = ["getppid", "read", "open", "connect", "spawn"];
/** Number of rules in the flood with many rules, in addition to the stable default rules. */
const MANY = 10_000;

const LOAD_CORE = "1";
const SENSOR_CORE = "0";

const { rounds, flood, only } = scriptOptions(import.meta.filename, { rounds: 3, flood: 30, only: "" });
const shared = resolve(process.env.EYAS_SHARED ?? join(home, "../shared"));
if (!existsSync(join(shared, "bench/load.c"))) {
  console.log("The loads were found neither in ../shared/bench nor in EYAS_SHARED.");
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "eyas-bench-"));
const load = join(folder, "load");
const journal = join(folder, "journal.db");
if (spawnSync("cc", ["-O2", "-o", load, join(shared, "bench/load.c")], { stdio: "inherit" }).status !== 0)
  process.exit(1);

const rules = (...names: readonly string[]): string[] =>
  names.flatMap((name) => ["-r", join(shared, "upstream-rules", `${name}.yaml`)]);
const stable = rules("falco_rules");
const all = rules("falco_rules", "falco-incubating_rules", "falco-sandbox_rules");
const usual = join(home, "rules/syscall.yaml");
const manyFile = join(folder, "many.yaml");

/** Loads at full speed, with rules. */
const floods: readonly { name: string; mode: Mode; about: string; files: readonly string[] }[] = [
  { name: "open", mode: "open", about: "all", files: all },
  { name: "connect", mode: "connect", about: "all", files: all },
  { name: "spawn", mode: "spawn", about: "all", files: all },
  { name: "many", mode: "open", about: `${MANY.toLocaleString("en")} more`, files: ["-r", usual, "-r", manyFile] },
];

const perIteration = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  for (const [set, files] of [
    ["none", undefined],
    ["stable", stable],
    ["all", all],
  ] as const) {
    const sensor = files && (await startSensor(files));
    for (const mode of modes) note(`${mode} ${set}`, run(mode, counts[mode]).wall_ns);
    await sensor?.stop();
  }
}
if (perIteration.size > 0) printOverhead();

console.log(
  `\n| ${flood} s at full speed | rules | iterations | events | dropped | peak memory, MiB |\n| --- | --- | --- | --- | --- | --- |`,
);
writeFileSync(manyFile, manyRules([usual], MANY));
for (const { name, mode, about, files } of floods) {
  if (only !== "" && name !== only) continue;
  const sensor = await startSensor(files);
  let done = 0;
  for (const end = Date.now() + flood * 1000; Date.now() < end; ) {
    run(mode, counts[mode]);
    done += counts[mode];
  }
  const { events, dropped, memory } = await sensor.stop();
  console.log(`| \`${mode}\` | ${about} | ${done} | ${events} | ${dropped} | ${memory.toFixed(0)} |`);
}

function printOverhead(): void {
  console.log("| added per iteration, ns | nothing attached | stable rules | all rules |\n| --- | --- | --- | --- |");
  for (const mode of modes) {
    const [none, withStable, withAll] = ["none", "stable", "all"].map((set) =>
      median(perIteration.get(`${mode} ${set}`) ?? []),
    );
    console.log(
      `| \`${mode}\` | ${none!.toFixed(0)} | +${(withStable! - none!).toFixed(0)} | +${(withAll! - none!).toFixed(0)} |`,
    );
  }
}

function run(mode: Mode, count: number): { wall_ns: number } {
  const { stdout } = spawnSync(load, [mode, String(count), LOAD_CORE], { encoding: "utf8" });
  return JSON.parse(stdout) as { wall_ns: number };
}

interface Sensor {
  stop(): Promise<{ events: string; dropped: string; memory: number }>;
}

async function startSensor(files: readonly string[]): Promise<Sensor> {
  const words = ["-c", SENSOR_CORE, join(home, "bin/eyas"), "run", "--json", "-o", `journal.path=${journal}`, ...files];
  const child = spawn("taskset", words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.on("data", (bytes) => {
    said += bytes;
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (!said.includes("Watching")) {
    if (child.exitCode !== null) throw new Error(said);
    await sleep(20);
  }
  await sleep(500);
  return {
    async stop() {
      const memory = peakMemory(child);
      child.kill("SIGTERM");
      await ended;
      const [, events = "", dropped = ""] = /([\d,]+) events? in .*?(none|[\d,]+) dropped/.exec(said) ?? [];
      return { events, dropped, memory };
    },
  };
}

/** Returns the peak memory in MiB. */
function peakMemory({ pid }: ChildProcess): number {
  const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) / 1024;
}

function note(key: string, value: number): void {
  const values = perIteration.get(key) ?? [];
  values.push(value);
  perIteration.set(key, values);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}
