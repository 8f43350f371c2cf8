// Response times of the API for each view of the web UI, over HTTP, on a journal with a million alerts, and the time that
// views take to load over a slow network.
//
//   npm run bench:ui [-- --journal FILE]     FILE from `npm run bench:journal -- --keep FILE`; created if missing
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptOptions } from "../scripts/options.ts";
import { defaultRules, readyRules } from "../src/agent/load/ready-rules.ts";
import { ruleBook } from "../src/agent/page/rule-book.ts";
import type { LoadedRules } from "../src/api/agent-view.ts";
import { startPage } from "../src/api/page-worker.ts";
import { addUser } from "../src/api/users.ts";
import { loadConfig } from "../src/config/load.ts";
import { loadSlowly } from "./ui/slow-network.ts";

/** Target for the 95th percentile, in milliseconds. */
const WANTED = 300;
/** Number of requests per view. */
const TIMES = 40;

const values = scriptOptions(import.meta.filename, { journal: "", alerts: 1_000_000 });
const folder = mkdtempSync(join(tmpdir(), "eyas-ui-"));
const journal = values.journal || join(folder, "journal.db");
if (!existsSync(journal)) {
  const bench = join(import.meta.dirname, "journal.ts");
  spawnSync(process.execPath, [bench, "--alerts", String(values.alerts), "--keep", journal], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

const { config } = await loadConfig(undefined);
const rules: LoadedRules = ruleBook(await readyRules(defaultRules, config, "all", "node-1"), config);
const users = join(folder, "users.json");
const token = addUser(users, "ada", "admin");
const settings = {
  address: "127.0.0.1",
  port: 0,
  certificate: "",
  key: "",
  hosts: [],
  users,
  journal,
  built: join(import.meta.dirname, "../ui/built"),
  samples: join(folder, "none"),
  captures: "",
  exceptions: "",
  rules: "",
};
const status = {
  version: "",
  hostname: "",
  started: new Date().toISOString(),
  watching: false,
  health: [],
  sources: [],
  outputs: [],
  exhausted: [],
  dryRun: false,
  rules: { loaded: 0, warnings: 0 },
};

const page = await startPage({
  data: () => ({ settings, status, rules, history: new Map() }),
  handle: async () => ({ refused: "not here" }),
  broke: console.error,
});
const rss = process.memoryUsage.rss();
const began = performance.now();
let first = 0;
let complete = false;
while (!complete) {
  const answer = await ask("/alerts/count?by=priority");
  if (first === 0) first = performance.now() - began;
  complete = !answer.includes('"complete":false');
}
const loaded = performance.now() - began;

const [newest] = JSON.parse(await ask("/alerts?limit=1")).alerts;
const q = encodeURIComponent;
const cursor = JSON.parse(await ask("/alerts?limit=1000")).next;
const views: readonly (readonly [string, (i: number) => string, unknown?])[] = [
  ["the newest 100", () => "/alerts"],
  ["a later page", (i) => `/alerts?cursor=${Number(cursor) - 20_000 * i}`],
  ["the oldest 100", () => "/alerts?order=oldest"],
  ["severe alerts of a namespace", (i) => `/alerts?query=${q(`priority >= error and k8s.ns.name = shop-${i}`)}`],
  [
    "a rare rule on a past day",
    (i) => `/alerts?query=${q(`rule = "Data destruction tool started" and proc.name != x${i}`)}&until=2h`,
  ],
  ["a field without a column", (i) => `/alerts?query=${q(`fd.name = /etc/shadow and proc.pid > ${1000 + i}`)}`],
  ["frequent part of a command line", (i) => `/alerts?query=${q(`proc.cmdline contains "--job k${i.toString(36)}"`)}`],
  ["part of a command line without matches", (i) => `/alerts?query=${q(`proc.cmdline contains nowhere${i}`)}`],
  ["free text, frequent", () => "/alerts?text=shadow"],
  ["free text, rare", (i) => `/alerts?text=k${(300_000 + 977 * i).toString(36)}`],
  [
    "free text, two words that never occur together",
    (i) => `/alerts?text=nginx%20k${(300_000 + 977 * i).toString(36)}`,
  ],
  ["over time by priority, all", (i) => `/alerts/over-time?buckets=${60 + i}`],
  ["over time by priority, six hours", (i) => `/alerts/over-time?buckets=60&since=${6 + i / 100}h`],
  ["over time of a namespace", (i) => `/alerts/over-time?buckets=60&query=${q(`k8s.ns.name = shop-${i}`)}`],
  ...["rule", "priority", "source", "hostname", "k8s.ns.name", "cf.app.name", "container.name", "tags"].map(
    (by) => [`count by ${by}`, (i: number) => `/alerts/count?by=${by}&since=${25 + i / 100}h`] as const,
  ),
  [
    "count by rule of a namespace",
    (i) => `/alerts/count?by=rule&query=${q(`k8s.ns.name = shop-${i} and priority >= warning`)}`,
  ],
  ["count by rule of a frequent word", (i) => `/alerts/count?by=rule&text=shadow&since=${25 + i / 100}h`],
  ["count by a field without a column", (i) => `/alerts/count?by=fd.name&since=${25 + i / 100}h`],
  ["groups", (i) => `/alerts/groups?since=${25 + i / 100}h`],
  ["groups with their alerts over time", (i) => `/alerts/groups?trend=30&snoozed=false&since=${25 + i / 100}h`],
  ["groups of a namespace", (i) => `/alerts/groups?query=${q(`k8s.ns.name = shop-${i}`)}`],
  ["alerts of all rules over time", (i) => `/alerts/over-time/rules?since=${25 + i / 100}h`],
  ["alerts over time for the heat map", (i) => `/alerts/over-time?buckets=722&since=${720 + i / 100}h`],
  ["flows", (i) => `/alerts/flows?limit=500&since=${25 + i / 100}h`],
  ["one alert", () => `/alerts/${newest.id}`],
  ["the group of an alert", () => `/alerts/${newest.id}/group`],
  ["incident", () => `/alerts/${newest.id}/incident`],
  ["related alerts", () => `/alerts/${newest.id}/related`],
  ["explanation", () => `/alerts/${newest.id}/explanation`],
  ["exception with the alerts that it suppresses", () => `/alerts/${newest.id}/exception`, {}],
  ["rules", () => "/rules"],
  ["coverage", () => "/coverage"],
  ["responses", () => "/responses"],
  ["status", () => "/status"],
];

/** Counts for which all alerts are read. */
const READ = [
  `/alerts/count?by=rule&query=${q('proc.cmdline contains "--job"')}`,
  `/alerts/count?by=priority&query=${q('proc.cmdline contains "--job"')}`,
  "/alerts/count?by=fd.name",
  "/alerts/count?by=proc.cmdline",
];

console.log(`${values.alerts.toLocaleString("en")} alerts (Node ${process.versions.node})\n`);
console.log("| view | median (ms) | 95th percentile (ms) | |\n| --- | ---: | ---: | --- |");
let missed = false;
for (const [name, path, body] of views) {
  const times: number[] = [];
  let partial = false;
  for (let i = 0; i < TIMES; i++) {
    const from = performance.now();
    const answer = await ask(path(i), body);
    times.push(performance.now() - from);
    partial ||=
      answer.includes('"complete":false') || (answer.includes('"next":"') && JSON.parse(answer).alerts?.length < 100);
  }
  times.sort((a, b) => a - b);
  const slow = times[Math.ceil(TIMES * 0.95) - 1];
  missed ||= slow! > WANTED;
  const remark = slow! > WANTED ? "NOT MET" : partial ? "incomplete" : "";
  console.log(`| ${name} | ${times[TIMES / 2]!.toFixed(1)} | ${slow!.toFixed(1)} | ${remark} |`);
}
console.log(`\nfirst response after ${first.toFixed(0)} ms, all alerts counted after ${loaded.toFixed(0)} ms`);
for (const path of READ) await printReading(path);
console.log(`memory of the server: ${((process.memoryUsage.rss() - rss) / 1e6).toFixed(0)} MB`);
await printLoading();
await page.close();
rmSync(folder, { recursive: true });
if (missed) process.exitCode = 1;

async function ask(path: string, body?: unknown): Promise<string> {
  const answer = await fetch(`${page.url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return text;
}

/** Repeats a count until it is complete, as the page does. */
async function printReading(path: string): Promise<void> {
  const from = performance.now();
  let answer = JSON.parse(await ask(path));
  let requests = 1;
  for (; answer.continues; requests++) answer = JSON.parse(await ask(path));
  const took = ((performance.now() - from) / 1000).toFixed(1);
  const end = answer.complete === false ? "incomplete" : `${answer.total} alerts`;
  console.log(`${decodeURIComponent(path)}: ${end} after ${took} s, ${requests} requests`);
}

async function printLoading(): Promise<void> {
  const loaded = await loadSlowly(page.url, token);
  if (loaded === undefined)
    return console.log("\nLoading over a slow network: not measured, because there is no browser.");
  console.log("\n| 400 ms, 400 kbit/s | first data (s) | complete (s) | requests | kB | |");
  console.log("| --- | ---: | ---: | ---: | ---: | --- |");
  for (const { title, wanted, data, complete, requests, bytes } of loaded) {
    missed ||= data > wanted;
    const cells = [(data / 1000).toFixed(1), (complete / 1000).toFixed(1), requests, (bytes / 1000).toFixed(0)];
    console.log(`| ${[title, ...cells, data > wanted ? "NOT MET" : ""].join(" | ")} |`);
  }
}
