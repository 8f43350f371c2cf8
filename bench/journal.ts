// Fills a journal with alerts of the default rules (from the sample capture, with other processes, files and pods)
// while it is read, and prints the write and query rates.
//
//   npm run bench:journal [-- --alerts 1000000] [-- --max-size 1000000000] [-- --keep FILE]
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptOptions } from "../scripts/options.ts";
import { sample } from "../src/agent/home.ts";
import { defaultRules, readyRules } from "../src/agent/load/ready-rules.ts";
import type { Alert } from "../src/alert/alert.ts";
import { loadConfig } from "../src/config/load.ts";
import { Engine } from "../src/engine/engine.ts";
import { openJournal } from "../src/journal/journal.ts";
import { filler } from "../src/journal/message.ts";
import { openReader, type Reader } from "../src/journal/read.ts";
import { Machine } from "../src/machine/machine.ts";
import { parseQuery } from "../src/query/parse.ts";
import { openCapture } from "../src/source/capture/source.ts";

const values = scriptOptions(import.meta.filename, { alerts: 1_000_000, keep: "", "max-size": 0 });
const total = values.alerts;
const folder = mkdtempSync(join(tmpdir(), "eyas-journal-"));
const file = values.keep || join(folder, "journal.db");
/** Number of alerts per batch. */
const BATCH = 100;
/** Number of concurrent batches. */
const AHEAD = 20;
const DAY = 86_400_000_000_000n;

const kinds = await alertsOfSample();
const journal = openJournal({ file, limits: { maxAge: 0, maxSize: values["max-size"] } }, (news) =>
  console.error(news),
);
const start = BigInt(Date.now()) * 1_000_000n - DAY;
const step = DAY / BigInt(total);

const before = process.cpuUsage();
const began = performance.now();
const ahead: Promise<unknown>[] = [];
let reader: Reader | undefined;
let slowest = 0;
for (let made = 0; made < total; made += BATCH) {
  const batch = Array.from({ length: Math.min(BATCH, total - made) }, (_, i) => another(made + i));
  ahead.push(journal.append(batch));
  if (ahead.length < AHEAD) continue;
  await ahead.shift();
  if (made % (total / 100) !== 0) continue;
  const asked = performance.now();
  reader ??= openReader(file);
  reader?.read(Math.max(0, reader.last() - 100), 100);
  slowest = Math.max(slowest, performance.now() - asked);
}
await Promise.all(ahead);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
reader?.close();
await journal.close();

const rows: [string, string, string, boolean][] = [];
const rate = total / seconds;
rows.push(["alerts per second, during reads", rate.toFixed(0), ">= 2,000", rate >= 2000]);
rows.push(["CPU time per alert, all threads (µs)", ((user + system) / total).toFixed(1), "", true]);
rows.push(["slowest of 100 concurrent reads (ms)", slowest.toFixed(1), "", true]);
const megabytes = statSync(file).size / 1e6;
const most = (700 * total) / 1_000_000;
rows.push(["size (MB)", megabytes.toFixed(0), `<= ${most.toFixed(0)}`, megabytes <= most]);

const read = openReader(file);
if (read === undefined) throw new Error("no journal");
const ns = "shop-7";
const [first] = kinds;
query("newest 50", []);
query("rule and namespace", [`rule=${first!.rule}`, `ns=${ns}`]);
query("rule and namespace, all matches", [`rule=${first!.rule}`, `ns=${ns}`], 0);
query("full text, frequent word", ["shadow"]);
query("full text, rare word", [`k${(total / 3).toString(36).split(".")[0]}`]);
query("full text, words together", ["nginx shadow not grandparent", "priority>=warning"]);
query("a field that has no column", ["fd.name=/etc/shadow", "since 12h"]);
count("count by rule over a day", "rule", ["since 1d"]);
count("count by namespace over a day", "ns", ["since 1d"], false);
count("count by rule in a namespace over a day", "rule", ["since 1d", `ns=${ns}`]);
read.close();

console.log(`${total.toLocaleString("en")} alerts (Node ${process.versions.node})\n`);
console.log("| | | wanted | |\n| --- | ---: | --- | --- |");
for (const [what, figure, wanted, ok] of rows)
  console.log(`| ${what} | ${figure} | ${wanted} | ${ok ? "" : "NOT MET"} |`);
if (rows.some(([, , , ok]) => !ok)) process.exitCode = 1;
rmSync(folder, { recursive: true });

function query(what: string, words: readonly string[], limit = 50): void {
  measure(what, true, () => {
    let found = 0;
    for (const _ of read?.find(parseQuery(words), "newest") ?? []) if (++found === limit) break;
    return found;
  });
}

function count(what: string, by: string, words: readonly string[], target = true): void {
  measure(what, target, () => read?.count(parseQuery(words), by).length ?? 0);
}

/** Measures the median of five runs. */
function measure(what: string, target: boolean, work: () => number): void {
  const times: number[] = [];
  let found = 0;
  for (let i = 0; i < 5; i++) {
    const from = performance.now();
    found = work();
    times.push(performance.now() - from);
  }
  const ms = times.sort((a, b) => a - b)[2];
  rows.push([`${what}: ${found} (ms)`, ms!.toFixed(1), target ? "<= 100" : "", !target || ms! <= 100]);
}

/** Copies an alert of the sample with another process and pod. */
function another(number: number): Alert {
  const { parts, ...kind } = kinds[number % kinds.length]!;
  if (parts === undefined) throw new Error("an alert without parts");
  const { names, output, hostname } = parts;
  const other: Record<string, (before: string) => string> = {
    "evt.time": () => String(start + BigInt(number) * step),
    "proc.pid": () => String(1000 + ((number * 7919) % 60_000)),
    "proc.cmdline": (text) => JSON.stringify(`${JSON.parse(text)} --job k${number.toString(36)}`),
    "container.id": () => `"${(0xabcdef000000 + ((number * 31) % 3000)).toString(16)}"`,
    "container.name": () => `"web-${(number * 31) % 3000}"`,
    "container.image.repository": () => `"registry.example.com/shop/web-${number % 40}"`,
    "container.image.tag": () => '"1.37.2"',
    "k8s.ns.name": () => `"shop-${number % 50}"`,
    "k8s.pod.name": () => `"web-7c9f8d6b5-${((number * 13) % 2000).toString(36)}"`,
  };
  const made = names.map((name, i) => other[name]?.(parts.values[i]!) ?? parts.values[i]!);
  const time = start + BigInt(number) * step;
  return { ...kind, time, message: filler(output, names)(made), parts: { hostname, output, names, values: made } };
}

/** Returns the alerts of the sample capture, with container metadata. */
async function alertsOfSample(): Promise<Alert[]> {
  const capture = sample();
  if (capture === undefined) throw new Error("There is no capture in samples/.");
  const { config } = await loadConfig(undefined, ["append_output[].suggested_output=true"]);
  const { ruleset, raise } = await readyRules(defaultRules, config, "all", "node-1");
  const alerts: Alert[] = [];
  const engine = new Engine(openCapture(capture), new Machine({ containers: true }), ruleset, (rule, event) => {
    const { rule: name, priority, source, tags, time, message, text, json, parts } = raise(rule, event);
    alerts.push({ rule: name, priority, source, tags, time, message, text, json, ...(parts && { parts }) });
  });
  while (engine.drain(4096) > 0);
  return alerts;
}
