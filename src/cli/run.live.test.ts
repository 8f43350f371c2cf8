import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { home } from "./home.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-run-"));
const rules = join(folder, "rules.yaml");
const alerts = join(folder, "alerts");
const bait = join(folder, "bait");
writeFileSync(bait, "");

/** One rule that tells of each `cat` of the bait; `mark` is part of what it says. */
const ruleSaying = (mark: string): string => `
- rule: Bait
  desc: Somebody read the bait
  condition: evt.type in (open, openat, openat2) and proc.name = cat and fd.name = ${bait}
  output: ${mark} %fd.name
  priority: NOTICE
`;

writeFileSync(rules, ruleSaying("first"));
const probe = spawnSync(launcher, ["run", "-M", "0.5", "-r", rules], { encoding: "utf8" });
const reason = probe.status === 0 ? "" : ` (skipped: ${probe.stderr.trim()})`;

let running: { child: ChildProcess; stdout: string; stderr: string; ended: Promise<number | null> } | undefined;

function start(...words: readonly string[]): NonNullable<typeof running> {
  const child = spawn(launcher, ["run", "-r", rules, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const run = { child, stdout: "", stderr: "", ended };
  child.stdout.on("data", (bytes) => {
    run.stdout += bytes;
  });
  child.stderr.on("data", (bytes) => {
    run.stderr += bytes;
  });
  running = run;
  return run;
}

afterEach(async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
});

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await sleep(25);
  if (!what()) throw new Error(`waited in vain; stdout ${running?.stdout} stderr ${running?.stderr}`);
}

const readBait = () => spawnSync("cat", [bait]);
const written = () => (existsSync(alerts) ? readFileSync(alerts, "utf8") : "");

test.skipIf(reason !== "")(`an alert is printed within 200 ms, and the end is summed up${reason}`, async () => {
  const run = start();
  await until(() => run.stderr.includes("Watching"));
  await sleep(300);
  const before = performance.now();
  readBait();
  await until(() => run.stdout !== "");
  expect(performance.now() - before).toBeLessThan(200);
  expect(run.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{9}: Notice first .*bait\n$/);
  run.child.kill("SIGTERM");
  expect(await run.ended).toBe(0);
  expect(run.stderr).toMatch(/notice: [\d,]+ events? in [\d.]+ s, 1 alert, none lost\.\n$/);
});

test.skipIf(reason !== "")(
  `SIGUSR1 opens the file anew, SIGHUP loads other rules, broken ones leave the old${reason}`,
  async () => {
    const run = start(
      "-o",
      "stdout_output.enabled=false",
      "-o",
      `file_output={enabled: true, keep_alive: true, filename: ${alerts}}`,
    );
    await until(() => run.stderr.includes("Watching"));
    readBait();
    await until(() => written().includes("first"));
    renameSync(alerts, `${alerts}.1`);
    run.child.kill("SIGUSR1");
    await until(() => run.stderr.includes("opened anew"));
    readBait();
    await until(() => written().includes("first"));

    writeFileSync(rules, "- rule: [");
    run.child.kill("SIGHUP");
    await until(() => run.stderr.includes("the old rules go on"));
    await until(() => run.stderr.split("Watching").length === 3);
    readBait();
    await until(() => written().split("first").length === 3);

    writeFileSync(rules, ruleSaying("second"));
    run.child.kill("SIGHUP");
    await until(() => run.stderr.split("Watching").length === 4);
    readBait();
    await until(() => written().includes("second"));
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
  },
);
