// Latency from an event to its alert, and to the exit of a process that a response kills, for `eyas run` with the
// default rules on this machine. Requires root and an idle machine.
//
//   npm run bench:latency [-- --rounds 100]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { scriptOptions } from "../scripts/options.ts";
import { home } from "../src/agent/home.ts";
import { Clock, clock } from "../src/response/actions/host/libc.ts";

const { rounds } = scriptOptions(import.meta.filename, { rounds: 100 });
const folder = mkdtempSync(join(tmpdir(), "eyas-latency-"));
const responses = join(folder, "responses.yaml");
writeFileSync(
  responses,
  `- response: Kill
  match: rule = "Credential file read by unexpected program" and proc.name = tail and proc.ppid = ${process.pid}
  actions: [host:kill]
`,
);
const settings = [
  `journal.path=${join(folder, "journal.db")}`,
  "responses.budget.all=none",
  `responses.rules_files=[${responses}]`,
  "json_output=true",
  "alert_folding.enabled=false",
  "append_output=[{extra_fields: [proc.pid]}]",
];
const eyas = spawn(join(home, "bin/eyas"), ["run", ...settings.flatMap((each) => ["-o", each])], {
  stdio: ["ignore", "pipe", "pipe"],
});
process.once("exit", () => eyas.kill("SIGKILL"));
const over = new Promise((resolve) => eyas.once("close", resolve));

/** Times in nanoseconds since the epoch: of the event, and of the arrival of its alert. */
const told = new Map<number, { readonly event: bigint; readonly printed: bigint }>();
let [torn, said] = ["", ""];
eyas.stdout.on("data", (bytes) => {
  const printed = clock(Clock.REALTIME);
  const lines = (torn + bytes).split("\n");
  torn = lines.pop() ?? "";
  for (const line of lines) {
    const pid = /"proc\.pid":(\d+)/.exec(line)?.[1];
    const event = /"evt\.time":(\d+)/.exec(line)?.[1];
    if (pid !== undefined && event !== undefined && !told.has(Number(pid)))
      told.set(Number(pid), { event: BigInt(event), printed });
  }
});
eyas.stderr.on("data", (bytes) => {
  said += bytes;
});
while (!said.includes("Watching")) {
  if (eyas.exitCode !== null) throw new Error(said.trim());
  await sleep(20);
}
await sleep(500);

const [printed, killed]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round++) {
  const child = spawn("tail", ["-f", "/etc/shadow"], { stdio: "ignore" });
  await new Promise((resolve) => child.once("exit", resolve));
  const gone = clock(Clock.REALTIME);
  while (!told.has(child.pid ?? 0)) await sleep(2);
  const alert = told.get(child.pid ?? 0);
  if (alert === undefined) continue;
  printed.push(Number(alert.printed - alert.event) / 1e6);
  killed.push(Number(gone - alert.event) / 1e6);
  await sleep(20);
}
eyas.kill("SIGTERM");
await over;
rmSync(folder, { recursive: true, force: true });

console.log(`Milliseconds since the event, ${rounds} rounds each, load ${loadavg()[0]?.toFixed(1)}:\n`);
console.log("| | median | 95th percentile | slowest |\n| --- | ---: | ---: | ---: |");
for (const [what, times] of [
  ["the alert is printed", printed],
  ["the process that `host:kill` kills has ended", killed],
] as const) {
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.ceil(times.length * share) - 1] ?? Number.NaN).toFixed(1);
  console.log(`| ${what} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`);
}
