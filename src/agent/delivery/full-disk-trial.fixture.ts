// Delivers alerts while the disk of the journal is full, and prints the final content of the journal and a receiver.
// Arguments: directory on a small disk; `first`: the disk is full at startup; `outage`: the receiver rejects alerts
// while the disk is full; `end`: the process exits while the disk is full; `killed`: it kills itself while the disk is
// full; `still`: the disk is full since a previous process; `next`: the disk is no longer full; `from NUMBER`: the
// number of the first alert.
import { appendFileSync, rmSync, truncateSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig } from "../../config/load.ts";
import { reading } from "../../journal/alerts.fixture.ts";
import { alertWith } from "../../output/alert.fixture.ts";
import { deliveryFor } from "./delivery.ts";

/** Result of the trial. */
export interface Found {
  readonly raised: number;
  /** Texts and IDs of the alerts in the journal and of the received alerts, each in order. */
  readonly stored: readonly (readonly [string, string])[];
  readonly received: readonly (readonly [string, string])[];
  readonly counts: { readonly kept: number; readonly missed: number; readonly waiting: number };
  readonly log: readonly string[];
}

const [folder = "", ...modes] = process.argv.slice(2);
const ballast = join(folder, "ballast");
const journal = join(folder, "journal.db");

let status = 200;
const received: [string, string][] = [];
const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  if (status === 200) {
    const { output, uuid } = JSON.parse(body);
    received.push([textIn(output), String(uuid)]);
  }
  response.writeHead(status, { "retry-after": "1" }).end();
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;

function textIn(output: unknown): string {
  return /alert \d+\./.exec(String(output))?.[0] ?? "";
}

function fill(): void {
  const chunk = Buffer.alloc(4096);
  let size = 0;
  try {
    for (; ; size += chunk.length) appendFileSync(ballast, chunk);
  } catch {
    truncateSync(ballast, size);
  }
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await sleep(20);
}

const isFull = modes.includes("first") || modes.includes("still");
if (modes.includes("first")) fill();
if (modes.includes("next")) rmSync(ballast);
const { config } = await loadConfig(undefined, [
  "stdout_output.enabled=false",
  `journal.path=${journal}`,
  `outputs.webhook.address=http://127.0.0.1:${port}/`,
]);
const states: (string | undefined)[] = [];
const log: string[] = [];
const delivery = await deliveryFor(
  config,
  ({ message }) => void log.push(message),
  () => {},
  { state: (fault) => states.push(fault) },
);
let raised = 0;
const first = modes.includes("from") ? Number(modes[modes.indexOf("from") + 1]) : 0;
async function raise(alerts: number): Promise<void> {
  await delivery.deliver(Array.from({ length: alerts }, () => alertWith(`alert ${first + raised++}.`)));
  await delivery.flushed();
}

await until(() => states.length > 0);
if (!isFull) {
  await raise(5);
  await until(() => received.length >= raised);
}
if (!modes.includes("next")) {
  if (!isFull) fill();
  if (modes.includes("outage")) status = 503;
  while (states.at(-1) === undefined) await raise(10);
  for (let batch = 0; batch < 5; batch++) await raise(20);
  if (!modes.includes("outage")) await until(() => received.length >= raised);
}
if (modes.includes("killed")) {
  writeSync(1, JSON.stringify(found()));
  process.kill(process.pid, "SIGKILL");
}
if (!modes.includes("end") && !modes.includes("next")) {
  rmSync(ballast);
  await until(() => states.at(-1) === undefined && delivery.journal?.().waiting === 0);
  await raise(5);
  status = 200;
  await until(() => received.length >= raised);
}
if (!modes.includes("end")) {
  await until(() => delivery.outputs().every(({ waiting }) => waiting === 0)); // also reads the alerts in the journal
}
await delivery.close();
server.close();
process.stdout.write(JSON.stringify(found()));

function found(): Found {
  const { kept = 0, missed = 0, waiting = 0 } = delivery.journal?.() ?? {};
  const stored = reading(journal, (reader) => reader.read(0, 10_000)).map(({ message, id }): [string, string] => [
    message,
    id,
  ]);
  return { raised, stored, received, counts: { kept, missed, waiting }, log };
}
