// Cost of alerts in a store: alerts are delivered to an OpenSearch of its own, in the layout of Eyas and in the layout
// of Falcosidekick, in turn. CPU is the server's CPU time per alert until all of them can be found; bytes are the size
// of the index after its segments are merged into one. Then a journal with a backlog is delivered by the dispatcher, to
// see whether the server is busy. Needs Java and Maven, as the tests with OpenSearch do.
//
//   npm run bench:store [-- --edition opensearch-3] [-- --alerts 50000] [-- --rounds 3] [-- --backlog 100000]
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { scriptOptions } from "../scripts/options.ts";
import { defaultAlertOptions } from "../src/alert/alert.ts";
import { entryOf } from "../src/alert/entry.ts";
import { openWriter } from "../src/journal/write.ts";
import { Dispatcher } from "../src/output/dispatch/dispatcher.ts";
import { journalSource } from "../src/output/dispatch/journal-source.ts";
import type { Output } from "../src/output/output.ts";
import { opensearchOutput } from "../src/output/receiver/opensearch.ts";
import { defaultsOf } from "../src/setting/shape.ts";
import { build, editions, folderOf } from "../test/parts/opensearch/build.ts";
import { startOpenSearch } from "../test/parts/opensearch/start.ts";
import { usageOf } from "./audit/run.ts";
import { alertsFrom, sampleLines } from "./store/alerts.ts";

const options = scriptOptions(import.meta.filename, {
  edition: "opensearch-2",
  alerts: 50_000,
  rounds: 3,
  backlog: 100_000,
});
const layouts = ["falcosidekick", "ecs"] as const;
type Layout = (typeof layouts)[number];

/** Alerts per call of an output. */
const BATCH = 1000;
/** Alerts per layout before the first measurement, so that the server's code is compiled. */
const WARM_UP = 50_000;
/** Maximum cost of an alert, in relation to the layout of Falcosidekick. */
const LIMIT = 1.2;
/** Minimum CPU time of the server per second while it gets a backlog. */
const BUSY = 0.9;

interface Cost {
  /** CPU time of the server and of this process in microseconds per alert, bytes, and alerts per second. */
  readonly cpu: number;
  readonly own: number;
  readonly bytes: number;
  readonly rate: number;
}

const edition = editions.find(({ name }) => name === options.edition);
if (edition === undefined) throw new Error(`--edition: one of ${editions.map(({ name }) => name).join(", ")}`);
if (!existsSync(folderOf(edition))) await build(edition);
const server = await startOpenSearch(edition, ["-Xms1g", "-Xmx1g"]);
const lines = sampleLines();
const since = Date.now() - 86_400_000;

async function ask(method: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(new URL(path, server.url), { method });
  if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return answer.json() as Promise<Record<string, unknown>>;
}

async function outputFor(layout: Layout): Promise<Output> {
  const settings = {
    ...defaultsOf(opensearchOutput.keys),
    hostport: server.url,
    layout,
    numberofreplicas: 0,
    suffix: "none",
  };
  const none = { certfile: "", keyfile: "", cacertfile: "" };
  const certificates = { tlsclient: none, mutualtlsclient: none, mutualtlsfilespath: "/nothing" };
  const line = (): string => "";
  return await opensearchOutput.open(settings, { certificates, line, shown: line, json: true, group: {} });
}

const indexOf: Readonly<Record<Layout, string>> = { falcosidekick: "falco", ecs: "logs-falco.alerts-default" };

/** Delivers alerts to an empty index and deletes it. */
async function measure(layout: Layout, count: number): Promise<Cost> {
  const output = await outputFor(layout);
  const index = indexOf[layout];
  const [before, own, began] = [usageOf(server.pid).cpu, process.cpuUsage(), performance.now()];
  for (let first = 0; first < count; first += BATCH) {
    const delivery = await output.deliver(alertsFrom(lines, first, Math.min(BATCH, count - first), since));
    if (delivery.outcome !== "delivered") throw new Error(JSON.stringify(delivery).slice(0, 500));
  }
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(own);
  await ask("POST", `/${index}/_refresh`);
  const cpu = usageOf(server.pid).cpu - before;
  await ask("POST", `/${index}/_forcemerge?max_num_segments=1&flush=true`);
  await ask("POST", `/${index}/_refresh`); // frees the merged segments
  const { _all } = await ask("GET", `/${index}/_stats/store,docs`);
  const { primaries } = _all as { primaries: { docs: { count: number }; store: { size_in_bytes: number } } };
  if (primaries.docs.count !== count) throw new Error(`${layout}: ${primaries.docs.count} of ${count} alerts`);
  await output.close?.();
  await ask("DELETE", layout === "ecs" ? `/_data_stream/${index}` : `/${index}`);
  return {
    cpu: (cpu * 1e6) / count,
    own: (user + system) / count,
    bytes: primaries.store.size_in_bytes / count,
    rate: count / seconds,
  };
}

/** Delivers alerts of a journal with the dispatcher. @returns the time, and CPU time of the server, in seconds */
async function deliverBacklog(): Promise<{ readonly seconds: number; readonly cpu: number }> {
  const folder = mkdtempSync(join(tmpdir(), "bench-store-"));
  try {
    const file = join(folder, "journal.db");
    const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
    for (let first = 0; first < options.backlog; first += BATCH)
      writer.append(alertsFrom(lines, first, Math.min(BATCH, options.backlog - first), since).map(entryOf));
    writer.close();
    const source = journalSource(file, defaultAlertOptions);
    const [before, began] = [usageOf(server.pid).cpu, performance.now()];
    const journal = { source, newOutputs: "oldest", presentOnly: new Set<string>(), record: async () => true } as const;
    const report = (): void => {};
    const dispatcher = new Dispatcher([await outputFor("ecs")], { journal, waitFor: "none", report, ended: report });
    dispatcher.opened(options.backlog);
    while (dispatcher.counts().some(({ waiting }) => waiting > 0)) await delay(10);
    const seconds = (performance.now() - began) / 1000;
    const cpu = usageOf(server.pid).cpu - before;
    if (dispatcher.counts().some(({ delivered }) => delivered !== options.backlog)) throw new Error("alerts were lost");
    await dispatcher.close();
    source.close();
    return { seconds, cpu };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

try {
  for (const layout of layouts) await measure(layout, WARM_UP);
  const costs = new Map<Layout, Cost[]>(layouts.map((layout) => [layout, []]));
  for (let round = 0; round < options.rounds; round++)
    for (const layout of layouts) costs.get(layout)?.push(await measure(layout, options.alerts));
  console.log(`OpenSearch ${edition.version}, ${options.alerts} alerts, median of ${options.rounds}\n`);
  console.log("| layout | server CPU per alert (µs) | bytes per alert | alerts/s | own CPU per alert (µs) |");
  console.log("| --- | ---: | ---: | ---: | ---: |");
  const medians = layouts.map((layout) => {
    const of = (key: keyof Cost): number => middle((costs.get(layout) ?? []).map((cost) => cost[key]));
    const row = { cpu: of("cpu"), bytes: of("bytes"), rate: of("rate"), own: of("own") };
    console.log(
      `| ${layout} | ${[row.cpu, row.bytes, row.rate, row.own].map((value) => value.toFixed(0)).join(" | ")} |`,
    );
    return row;
  });
  const [reference, eyas] = medians;
  const { seconds, cpu } = await deliverBacklog();
  console.log(
    `\nbacklog of ${options.backlog} alerts: ${(options.backlog / seconds).toFixed(0)} alerts/s; CPU of the server: ${(cpu / seconds).toFixed(2)} of a core (at least ${BUSY})`,
  );
  if (cpu / seconds < BUSY) process.exitCode = 1;
  for (const key of ["cpu", "bytes"] as const) {
    const ratio = (eyas?.[key] ?? 0) / (reference?.[key] ?? 1);
    console.log(`${key}: ${ratio.toFixed(2)} x (at most ${LIMIT})`);
    if (ratio > LIMIT) process.exitCode = 1;
  }
} finally {
  await server.stop();
}
