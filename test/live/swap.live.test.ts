import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { REPEATS } from "../../src/alert/repeats-field.ts";
import { needs } from "../parts/needs.ts";
import { ended, eyas, home, pause } from "./sensor.ts";

/** Rules are replaced during a load whose actions all raise alerts. */
const folder = mkdtempSync(join(tmpdir(), "eyas-swap-"));
const inFolder = (name: string): string => join(folder, name);
const rules = inFolder("rules.yaml");
const counted = inFolder("counted");
const held = inFolder("held");
const other = inFolder("other");
const alerts = join(mkdtempSync(join(tmpdir(), "eyas-swap-")), "alerts");
for (const file of [counted, held, other]) writeFileSync(file, "");
afterAll(() => {
  for (const each of [folder, dirname(alerts)]) rmSync(each, { recursive: true });
});

const SWAPS = 50;

/** Alternating rulesets. Every second ruleset needs an additional system call. */
const ruleset = (turn: number): string => `
- rule: Counted
  desc: One alert for each action of the load
  condition: evt.type in (open, openat, openat2) and fd.name = ${counted}
  output: turn ${turn} by %proc.name
  priority: NOTICE
${
  turn % 2 === 0
    ? `
- rule: Held
  desc: What was opened before the first swap
  condition: evt.type = fchmod and proc.name startswith node and fd.name startswith ${folder}
  output: "%fd.name held by %proc.cmdline since %proc.pid"
  priority: NOTICE
`
    : ""
}`;

/** Opens one file, then two other files repeatedly until standard input ends, and prints the number of repetitions. */
const LOAD = `
const fs = require("node:fs");
const held = fs.openSync(${JSON.stringify(held)});
let count = 0, over = false;
process.stdin.on("end", () => { over = true; }).resume();
process.stdout.write("open\\n");
function work() {
  for (let i = 0; i < 25; i++) {
    fs.closeSync(fs.openSync(${JSON.stringify(counted)}));
    count++;
    for (let k = 0; k < 20; k++) fs.closeSync(fs.openSync(${JSON.stringify(other)}));
  }
  if (!over) return setTimeout(work, 20);
  fs.fchmodSync(held, 0o600);
  process.stdout.write(String(count));
}
work();
`;

writeFileSync(rules, ruleset(0));

test(`${SWAPS} rule replacements under load lose no event and no state`, {
  ...needs("sensor"),
  timeout: 600_000,
}, async () => {
  const settings = [
    `file_output={enabled: true, keep_alive: true, filename: ${alerts}}`,
    "stdout_output.enabled=false",
    "journal.enabled=false",
  ];
  const sensor = spawn(eyas, [
    "run",
    "--json",
    ...[join(home, "rules/syscall.yaml"), rules].flatMap((file) => ["-r", file]),
    ...settings.flatMap((setting) => ["-o", setting]),
  ]);
  let log = "";
  sensor.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const said = async (what: () => boolean) => {
    for (const end = Date.now() + 60_000; !what(); await pause(10))
      if (Date.now() > end || sensor.exitCode !== null) throw new Error(`timed out: ${log}`);
  };
  await said(() => log.includes("Watching"));
  await pause(300);

  const load = spawn(process.execPath, ["-e", LOAD], { stdio: ["pipe", "pipe", "inherit"] });
  let told = "";
  load.stdout.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  await said(() => told.includes("open"));
  for (let turn = 1; turn <= SWAPS; turn++) {
    writeFileSync(`${rules}.new`, ruleset(turn));
    renameSync(`${rules}.new`, rules);
    await said(() => log.split("Reloaded").length > turn);
  }
  load.stdin.end();
  await new Promise((resolve) => load.once("close", resolve));
  await pause(500);
  await ended(sensor);

  const seen = readFileSync(alerts, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): { rule: string; output: string; output_fields: Record<string, number> } => JSON.parse(line));
  const actions = Number(told.replace("open\n", ""));
  expect(log).toContain("none dropped");
  expect(log).toContain(`Rules were reloaded ${SWAPS} times and rejected 0 times.`);
  const counted = seen.filter(({ rule }) => rule === "Counted");
  expect(counted.reduce((sum, { output_fields: fields }) => sum + 1 + (fields[REPEATS] ?? 0), 0)).toBe(actions);
  expect(actions).toBeGreaterThan(10 * SWAPS);
  // Each ruleset has evaluated some of the events.
  expect(new Set(seen.map(({ output }) => /turn (\d+)/.exec(output)?.[1])).size).toBeGreaterThan(SWAPS);
  const [last] = seen.filter(({ rule }) => rule === "Held");
  expect(last!.output).toContain(`${held} held by `);
  expect(last!.output).toContain(`since ${load.pid}`);
});
