import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bombs } from "../attack/bombs.ts";
import { needs } from "../parts/needs.ts";
import { ended, eyas, home, pause } from "./sensor.ts";

/** The program reloads files that exhaust stack, memory or time, during a load whose actions all raise alerts. */
const folder = mkdtempSync(join(tmpdir(), "eyas-hostile-"));
const inFolder = (name: string): string => join(folder, name);
const [rules, settings, counted, alerts] = ["rules.yaml", "falco.yaml", "counted", "alerts"].map(inFolder) as [
  string,
  string,
  string,
  string,
];
writeFileSync(counted, "");
afterAll(() => rmSync(folder, { recursive: true }));

const COUNTED = `
- rule: Counted
  desc: One alert for each action of the load
  condition: evt.type in (open, openat, openat2) and fd.name = ${counted}
  output: "%fd.name"
  priority: NOTICE
`;

const SETTINGS = `
file_output: {enabled: true, keep_alive: true, filename: ${alerts}}
stdout_output: {enabled: false}
journal: {enabled: false}
responses: {rules_files: []}
alert_folding: {enabled: false}
`;

/** Opens a file repeatedly until standard input ends, and prints the number of opens. */
const LOAD = `
const fs = require("node:fs");
let count = 0, over = false;
process.stdin.on("end", () => { over = true; }).resume();
function work() {
  for (let i = 0; i < 20; i++, count++) fs.closeSync(fs.openSync(${JSON.stringify(counted)}));
  if (!over) return setTimeout(work, 10);
  process.stdout.write(String(count));
}
work();
`;

const NAMES: ReadonlySet<string> = new Set([
  "nested dashes",
  "a thousand errors",
  "doubling aliases",
  "doubling macros",
  "doubling lists",
  "a long name in an output",
  "a long chain of tests",
  "many tiny rules",
]);
const hostile = bombs.filter(({ kind, name }) => kind !== "responses" && NAMES.has(name));

test("reloads of hostile files lose no event and keep or replace the rules", {
  ...needs("sensor"),
  timeout: 600_000,
}, async () => {
  writeFileSync(rules, "");
  writeFileSync(inFolder("counted.yaml"), COUNTED);
  writeFileSync(settings, SETTINGS);
  const sensor = spawn(eyas, [
    "run",
    "--json",
    "-c",
    settings,
    ...["rules/syscall.yaml"].flatMap((file) => ["-r", join(home, file)]),
    "-r",
    inFolder("counted.yaml"),
    "-r",
    rules,
  ]);
  let log = "";
  sensor.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const said = async (what: () => boolean) => {
    for (const end = Date.now() + 120_000; !what(); await pause(10))
      if (Date.now() > end || sensor.exitCode !== null) throw new Error(`timed out: ${log.slice(-3000)}`);
  };
  await said(() => log.includes("Watching"));
  const load = spawn(process.execPath, ["-e", LOAD], { stdio: ["pipe", "pipe", "inherit"] });
  let told = "";
  load.stdout.on("data", (chunk: Buffer) => {
    told += chunk.toString();
  });
  const reloads = (): number => log.split(/Reloaded|Reload failed/).length;
  const replace = async (file: string, text: string): Promise<void> => {
    const before = reloads();
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    await said(() => reloads() > before);
  };
  for (const { kind, text } of hostile) {
    const [file, usual] = kind === "rules" ? [rules, ""] : [settings, SETTINGS];
    await replace(file, kind === "rules" ? text : SETTINGS + text);
    await replace(file, usual);
  }
  load.stdin.end();
  await new Promise((resolve) => load.once("close", resolve));
  await pause(500);
  await ended(sensor);
  const seen = readFileSync(alerts, "utf8")
    .split("\n")
    .filter((line) => line.includes('"rule":"Counted"'));
  expect(log).toContain("none dropped");
  expect(seen).toHaveLength(Number(told));
  expect(Number(told)).toBeGreaterThan(1000);
});
