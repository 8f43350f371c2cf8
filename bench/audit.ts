// Audit events over the webhook: `eyas run` with the default rules receives 5,000 two-kilobyte events per second over
// loopback for a minute. Checks that all are evaluated, every alert is in the journal, and memory stays constant.
//
//   npm run bench:audit [-- --rate 5000] [-- --seconds 60] [-- --list 100]
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { scriptOptions } from "../scripts/options.ts";
import { ALARMING, eventText } from "./audit/events.ts";
import { podsIn, startRun, usageOf } from "./audit/run.ts";
import { podsOf, send } from "./audit/sender.ts";

const { rate, seconds, list } = scriptOptions(import.meta.filename, { rate: 5000, seconds: 60, list: 100 });
const folder = mkdtempSync(join(tmpdir(), "eyas-audit-"));
const journal = join(folder, "journal.db");

const eyas = await startRun(journal, await freePort());
const memory: number[] = [];
const before = usageOf(eyas.pid);
const look = setInterval(() => memory.push(usageOf(eyas.pid).memory), 1000);
const began = performance.now();
const sent = await send({ url: eyas.url, rate, seconds, list });
const took = (performance.now() - began) / 1000;
clearInterval(look);
await sleep(1500); // metrics of the journal are at most a second old
const after = usageOf(eyas.pid);
const evaluated = await eyas.figure("eyas_events_total", 'source="k8s_audit"');
await eyas.end("SIGTERM");
const pods = podsIn(journal, "Pod exec or attach session opened");
rmSync(folder, { recursive: true });

const alarming = podsOf(sent);
const missing = alarming.filter((pod) => !pods.has(pod)).length;
const waits = sent.waits.toSorted((a, b) => a - b);
const part = (share: number): string => (waits[Math.floor(waits.length * share)] ?? 0).toFixed(1);
// A pause of the machine can fill the inbox, which then keeps its memory, so only growth in the last quarter counts.
const quarter = Math.max(1, Math.floor(memory.length / 4));
const [early, late] = [median(memory.slice(-2 * quarter, -quarter)), median(memory.slice(-quarter))];

console.log(
  `${rate.toLocaleString("en")} events/s of ${eventText(1, new Date().toISOString(), ALARMING).length} bytes for ${seconds} s`,
);
console.log(`${availableParallelism()} processors, shared with the sender; Node ${process.versions.node}\n`);
const rows: [string, string, string, boolean][] = [
  ["events per second, sent", (sent.events / took).toFixed(0), `>= ${rate * 0.95}`, sent.events / took >= rate * 0.95],
  ["events accepted (200)", `${sent.events}`, `${rate * seconds}`, sent.events === rate * seconds],
  ["accepted events that were evaluated", `${evaluated}`, `${sent.events}`, evaluated === sent.events],
  ["expected alerts", `${alarming.length}`, "", true],
  ["alerts missing in the journal", `${missing}`, "0", missing === 0],
  ["requests that were retried (429)", `${sent.repeated}`, "", true],
  ["requests rejected or without a response", `${sent.refused + sent.broken}`, "0", sent.refused + sent.broken === 0],
  [`response time for ${list} events, median and 99th percentile (ms)`, `${part(0.5)}, ${part(0.99)}`, "", true],
  ["CPU time per event (µs)", (((after.cpu - before.cpu) * 1e6) / sent.events).toFixed(0), "", true],
  [
    "memory, medians of the last two quarters, and maximum (MiB)",
    `${early.toFixed(0)}, ${late.toFixed(0)}, ${Math.max(...memory).toFixed(0)}`,
    "flat",
    late < early * 1.1,
  ],
];
console.log("| | | wanted | |\n| --- | ---: | --- | --- |");
for (const [what, figure, wanted, ok] of rows)
  console.log(`| ${what} | ${figure} | ${wanted} | ${ok ? "" : "NOT MET"} |`);
if (rows.some(([, , , ok]) => !ok)) process.exitCode = 1;

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
