// An API server sends audit events by webhook and log file to an `eyas run`, set up as in docs/kubernetes-audit.md. The
// API server and `eyas run` are killed repeatedly while objects are created. Compares the alerts in the journal, and
// the alerts that an output has delivered, with the events in the log files of the API server. See CONTRIBUTING.md.
//   npm run chaos:kubernetes -- [--rate 100] [--pause 8] [--faults 5] [--seed N] [--origins both|webhook|file] [--servers 1]
//     [--folding]  uses the default alert folding, and counts repeats in addition to alerts
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Running, startRun } from "../../bench/audit/run.ts";
import { scriptOptions } from "../../scripts/options.ts";
import { openReader } from "../../src/journal/read.ts";
import { seeded } from "../damaged/random.ts";
import { evaluateLogs } from "../k8s-audit/evaluate.ts";
import { followHowTo } from "../k8s-audit/how-to.ts";
import { freePort } from "../parts/child.ts";
import { type ApiServerProcess, startApiServer } from "../parts/kubernetes/api-server.ts";
import { startCreations } from "./creations.ts";
import { openReceiver } from "./receiver.ts";

const values = scriptOptions(import.meta.filename, {
  rate: 100,
  pause: 8,
  faults: 5,
  seed: Date.now() % 1_000_000,
  origins: "both",
  servers: 1,
  folding: false,
});
const { rate, pause, faults, seed } = values;
const random = seeded(seed);
const FEED = "eyas_feed_events_total";

const folder = mkdtempSync(join(tmpdir(), "eyas-audit-chaos-"));
const at = (name: string): string => join(folder, name);
const port = await freePort();
const howTo = followHowTo(folder, port);

/** Returns the key of an alert, made of its rule and its event. */
const keyOf = (rule: string, auditID: unknown, stage: unknown): string => `${rule}\t${auditID}\t${stage}`;
const receiver = await openReceiver((source, rule, field) =>
  source === "k8s_audit" ? keyOf(rule, field("ka.auditid"), field("ka.stage")) : undefined,
);

console.log(`seed ${seed}, ${folder}`);
/** Returns the flags of an API server. Each API server has a separate log file. */
const flags = (number: number): string[] => [
  ...howTo.flags,
  ...[`--audit-log-path=${at(`audit${number}.log`)}`, "--audit-log-maxsize=10"],
];
const server = await startApiServer(...flags(1));
const servers: ApiServerProcess[] = [server];
for (let number = 2; number <= values.servers; number++) servers.push(await server.another(...flags(number)));
const logPaths = servers.map((_, i) => at(`audit${i + 1}.log`));

function start(): Promise<Running> {
  const webhook = values.origins === "file" ? [] : [howTo.url];
  const files = values.origins === "webhook" ? [] : logPaths;
  return startRun(
    at("journal.db"),
    port,
    `sources.k8s_audit.from=[${[...webhook, ...files].join(", ")}]`,
    ...["sources.k8s_audit.start=beginning", `sources.positions=${at("positions.json")}`],
    ...[...howTo.settings, `alert_folding.enabled=${values.folding}`, "journal.new_outputs=oldest"],
    ...[
      "json_output=true",
      "http_output.enabled=true",
      `http_output.url=${receiver.url}`,
      "http_output.keep_alive=true",
    ],
    "append_output=[{extra_fields: [ka.auditid, ka.stage]}]",
  );
}

let eyas = await start();

type Fault = () => Promise<string>;
const restart =
  (signal: NodeJS.Signals): Fault =>
  async () => {
    await servers[random.below(servers.length)]?.restart(signal);
    return `API server restarted (${signal})`;
  };
const kill: Fault = async () => {
  await eyas.end("SIGKILL");
  const down = random.below(6000);
  await sleep(down);
  eyas = await start();
  return `eyas killed, down for ${down} ms`;
};

/** Returns a random order of restarts and kills. */
function plan(): Fault[] {
  const all: Fault[] = [];
  for (let i = 0; i < faults; i++) all.push(restart(i % 2 === 0 ? "SIGKILL" : "SIGTERM"), kill);
  return all
    .map((fault) => [random.below(1_000_000), fault] as const)
    .sort(([a], [b]) => a - b)
    .map(([, fault]) => fault);
}

/**
 * Returns the number of alerts in the journal by key, and the number of additional matches that these alerts represent.
 */
function storedAlerts(): { readonly counts: ReadonlyMap<string, number>; readonly repeats: number } {
  const counts = new Map<string, number>();
  let repeats = 0;
  const reader = openReader(at("journal.db"));
  for (const { source, rule, names, values: json } of reader?.find(undefined, "oldest") ?? []) {
    if (source !== "k8s_audit") continue;
    const field = (name: string): unknown => JSON.parse(json[names.indexOf(name)] ?? "null");
    const key = keyOf(rule, field("ka.auditid"), field("ka.stage"));
    counts.set(key, (counts.get(key) ?? 0) + 1);
    repeats += Number(field("eyas.repeats"));
  }
  reader?.close();
  return { counts, repeats };
}

const began = performance.now();
const creations = startCreations(
  server,
  servers.map(({ url }) => url),
  rate,
);
for (const fault of plan()) {
  await sleep(pause * (500 + random.below(1000)));
  const from = performance.now();
  const said = await fault();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${seconds} s: ${said}; ${((performance.now() - from) / 1000).toFixed(1)} s; ${creations.created} created`,
  );
}
await sleep(pause * 1000);
await creations.stop();
const took = (performance.now() - began) / 1000;
for (const each of servers) await each.stop(); // at their end, they send their remaining events

/** Waits until no origin has delivered an event for some time. */
async function quiet(): Promise<void> {
  for (let [before, calm] = [-1, 0]; calm < 5; await sleep(1000)) {
    const now = await eyas.figure(FEED);
    calm = now === before ? calm + 1 : 0;
    before = now;
  }
}
await quiet();
/** Waits until the output has no backlog. */
for (let i = 0; i < 120 && (await eyas.figure("eyas_output_backlog_alerts")) > 0; i++) await sleep(1000);
const byOrigin = await Promise.all(['from="https', `from="${folder}`].map((from) => eyas.figure(FEED, from)));
await eyas.end("SIGTERM");
receiver.close();
await server.close();

const logs = readdirSync(folder)
  .filter((name) => name.startsWith("audit") && name.endsWith(".log"))
  // Rotated files first, by the time in their names.
  .sort((a, b) => Number(logPaths.includes(at(a))) - Number(logPaths.includes(at(b))) || (a < b ? -1 : 1));
const { events, invalid, alerts } = await evaluateLogs(logs.map(at));
const expected = new Set(alerts.map(({ rule, auditID, stage }) => keyOf(rule, auditID, stage)));
const { counts: stored, repeats } = storedAlerts();
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);
const alertsStored = sum(stored.values());
const lost = values.folding ? [] : [...expected].filter((key) => !stored.has(key));
const twice = [...stored].filter(([, count]) => count > 1);
const further = [...stored.keys()].filter((key) => !expected.has(key));
// After a kill, an output may deliver an alert again with the same UUID. Receivers discard such duplicates.
const undelivered = [...stored.keys()].filter((key) => !receiver.alerts.has(key));
const deliveredTwice = [...receiver.alerts].filter(([, copies]) => copies.size > 1).map(([key]) => key);
const deliveredOnly = [...receiver.alerts.keys()].filter((key) => !stored.has(key));
const copies = sum([...receiver.alerts.values()].map((each) => sum(each.values()) - each.size));
const surplus = Math.max(0, alertsStored + repeats - expected.size - further.length);

const rows: readonly (readonly [string, string | number])[] = [
  ["seconds", took.toFixed(0)],
  ["API servers, their restarts, eyas kills", `${servers.length}, ${faults}, ${faults}`],
  ["objects created", creations.created],
  ["requests that failed while the API server was down", creations.failed],
  ["creations skipped", creations.leftOut],
  ["events in the log files of the API server", events],
  ["log files", logs.length],
  ["lines that are not events", invalid.length],
  ["events received since the last start of eyas: webhook, file", byOrigin.join(", ")],
  ["alerts expected", expected.size],
  ["alerts stored", alertsStored],
  ...(values.folding
    ? ([
        ["repeats", repeats],
        ["matches counted twice", surplus],
        ["matches that were lost from counts by a kill", Math.max(0, expected.size - alertsStored - repeats)],
      ] as const)
    : ([["alerts lost", lost.length]] as const)),
  ["alerts stored more than once", twice.length],
  ["alerts of events that only the webhook delivered", further.length],
  ["alerts delivered to the output, by key", receiver.alerts.size],
  ["alerts stored and not delivered", undelivered.length],
  ["alerts delivered with several UUIDs", deliveredTwice.length],
  ["alerts delivered and not stored", deliveredOnly.length],
  ["additional copies with the same UUID, after kills", copies],
];
for (const [what, figure] of rows) console.log(`${what}: ${figure}`);
for (const sentence of invalid.slice(0, 5)) console.log(`invalid: ${sentence}`);
for (const key of lost.slice(0, 10)) console.log(`lost: ${key}`);
for (const [key, count] of twice.slice(0, 10)) console.log(`${count} times: ${key}`);
for (const key of further.slice(0, 10)) console.log(`only the webhook: ${key}`);
for (const key of [...undelivered, ...deliveredTwice, ...deliveredOnly].slice(0, 10)) console.log(`output: ${key}`);
const wrong = [lost, twice, undelivered, deliveredTwice, deliveredOnly].some(({ length }) => length > 0);
if (wrong || (values.folding && surplus > 0)) process.exit(1);
rmSync(folder, { recursive: true });
process.exit(0);
