import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { home } from "../agent/home.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-run-"));
const rules = join(folder, "rules.yaml");
const alerts = join(folder, "alerts");
const journal = join(folder, "journal.db");
const bait = join(folder, "bait");
writeFileSync(bait, "");

/** A rule for each `cat` of the bait, with `mark` in its output. */
const ruleSaying = (mark: string): string => `
- rule: Bait
  desc: The bait was read
  condition: evt.type in (open, openat, openat2) and proc.name = cat and fd.name = ${bait}
  output: ${mark} %fd.name
  priority: NOTICE
`;

writeFileSync(rules, ruleSaying("first"));

let running: { child: ChildProcess; stdout: string; stderr: string; ended: Promise<number | null> } | undefined;

function start(...words: readonly string[]): NonNullable<typeof running> {
  const child = spawn(launcher, ["run", "-r", rules, "-o", `journal.path=${journal}`, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
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
  if (!what()) throw new Error(`timed out; stdout ${running?.stdout} stderr ${running?.stderr}`);
}

const readBait = () => spawnSync("cat", [bait]);
const written = () => (existsSync(alerts) ? readFileSync(alerts, "utf8") : "");

test("an alert is printed when it is raised, and a summary at the end", needs("sensor"), async () => {
  const run = start();
  await until(() => run.stderr.includes("Watching"));
  readBait();
  await until(() => run.stdout !== "");
  expect(run.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{9}: Notice first .*bait\n$/);
  const listed = spawnSync(launcher, ["alerts", "--journal", journal], { encoding: "utf8" }).stdout;
  expect(listed).toMatch(/^ +1 {2}[-\d]+ [:\d]+ {2}Notice {4}Bait: first .*bait\n$/);
  run.child.kill("SIGTERM");
  expect(await run.ended).toBe(0);
  expect(run.stderr).toMatch(/notice: [\d,]+ events? in [\d.]+ s, 1 alert, none dropped\.\n$/);
});

test("SIGUSR1 reopens the file; SIGHUP reloads rules and keeps them if they are invalid", needs("sensor"), async () => {
  const run = start(
    "-o",
    "watch_config_files=false",
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
  await until(() => run.stderr.includes("Reopened output files"));
  readBait();
  await until(() => written().includes("first"));

  writeFileSync(rules, "- rule: [");
  run.child.kill("SIGHUP");
  await until(() => run.stderr.includes("keeping the current rules"));
  await until(() => written().includes("Error Reload failed; the previous configuration"));
  readBait();
  await until(() => written().split("first").length === 3);

  writeFileSync(rules, ruleSaying("second"));
  run.child.kill("SIGHUP");
  await until(() => run.stderr.includes("Reloaded: 1 rule"));
  readBait();
  await until(() => written().includes("second"));
  expect(run.stderr.split("Watching")).toHaveLength(2);
  run.child.kill("SIGINT");
  expect(await run.ended).toBe(0);
});

test(
  "changed files are reloaded: rules and outputs apply immediately, and a changed ring buffer size restarts the sensor",
  needs("sensor"),
  async () => {
    writeFileSync(rules, ruleSaying("first"));
    const config = join(folder, "eyas.yaml");
    writeFileSync(config, "json_output: false\n");
    const run = start("-c", config);
    await until(() => run.stderr.includes("Watching"));
    writeFileSync(rules, ruleSaying("second"));
    await until(() => run.stderr.includes("Reloaded"));
    readBait();
    await until(() => run.stdout.includes("Notice second"));

    writeFileSync(config, "json_output: true\n");
    await until(() => run.stderr.split("Reloaded").length === 3);
    readBait();
    await until(() => run.stdout.includes('"rule":"Bait"'));
    expect(run.stderr.split("Watching")).toHaveLength(2);

    writeFileSync(config, "json_output: true\nengine: { modern_ebpf: { buf_size_preset: 3 } }\n");
    await until(() => run.stderr.includes("engine changed: restarting the sensor"));
    await until(() => run.stderr.split("Watching").length === 3);
    readBait();
    await until(() => run.stdout.split('"rule":"Bait"').length === 3);
  },
);

test(
  "another source is evaluated in addition to the kernel, and high load from this source drops no kernel events",
  needs("sensor"),
  async () => {
    const others = join(folder, "shop.yaml");
    const own = join(folder, "shop.db"); // avoids the backlog of other runs
    writeFileSync(
      others,
      "- {rule: Refund, desc: d, source: shop, condition: 'json.value[/kind] = refund', output: '%evt.source', priority: NOTICE}\n",
    );
    writeFileSync(rules, ruleSaying("first"));
    const run = start(
      "-r",
      others,
      "--source",
      "shop=http://127.0.0.1:0/shop",
      "--json",
      "-o",
      `journal.path=${own}`,
      "-o",
      "sources.json.shop.require_token=never",
    );
    await until(() => run.stderr.includes("Watching this machine, shop with 2 rules"));
    const url = /Receiving shop events \(origin: (\S+)\)\.\n/.exec(run.stderr)?.[1] ?? "";
    const sales = new Array(500).fill({ kind: "sale" });
    const post = async (body: unknown): Promise<number> => {
      const headers = { "content-type": "application/json" };
      return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).status;
    };
    const flood = Promise.all(Array.from({ length: 20 }, () => post(sales)));
    readBait();
    expect(await flood).toEqual(new Array(20).fill(200));
    expect(await post({ kind: "refund" })).toBe(200);
    await until(() => run.stdout.split("\n").length > 2);
    const told = run.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(told.map(({ rule, source }) => [rule, source]).sort()).toEqual([
      ["Bait", "syscall"],
      ["Refund", "shop"],
    ]);
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(0);
    expect(run.stderr).toMatch(/10,\d{3} events|[1-9]\d,\d{3} events/);
    expect(run.stderr).toContain("none dropped");
  },
);

test("syscall_event_drops raises Falco's alert and ends the program with code 1", needs("sensor"), async () => {
  const drops = ["simulate_drops=true", "actions=[alert, exit]"].flatMap((each) => [
    "-o",
    `syscall_event_drops.${each}`,
  ]);
  const run = start("--json", ...drops);
  expect(await run.ended).toBe(1);
  expect(run.stderr).toMatch(
    /critical: \d+ events? w(?:as|ere) dropped .* Exiting\.\n[\s\S]*eyas: \d+ events? w(?:as|ere) dropped within a second; .* contains exit\.\n$/,
  );
  const alerts = run.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line)); // also contains other alerts of this machine
  expect(alerts.find(({ rule }) => rule === "Falco internal: syscall event drop")).toMatchObject({
    priority: "Debug",
    source: "internal",
    output_fields: { ebpf_enabled: "1", n_drops: "1" },
  });
});
