import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import kafkajs from "kafkajs";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { reading } from "../src/journal/alerts.fixture.ts";
import { startNats } from "../src/output/brokers.fixture.ts";
import { kafkaClient, newTopic } from "./kafka/topic.ts";
import { needs } from "./parts/needs.ts";
import { sharedServer } from "./parts/shared-server.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-brokers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rules = join(folder, "rules.yaml");
const rule = (source: string) => ({
  rule: `From ${source}`,
  desc: "d",
  condition: "json.value[/n] exists",
  output: "%json.value[/n]",
  priority: "WARNING",
  source,
});
writeFileSync(rules, JSON.stringify([rule("orders"), rule("payments")]));

function run(config: string): ChildProcess {
  return spawn(launcher, ["run", "-c", config], { stdio: "ignore" });
}

/** Returns the distinct numbers in the alerts of each source in the journal. */
function journalled(journal: string): { readonly orders: Set<number>; readonly payments: Set<number> } {
  const found = { orders: new Set<number>(), payments: new Set<number>() };
  for (const { source, message } of reading(journal, (reader) => reader.read(0, 100_000)))
    if (source === "orders" || source === "payments") found[source].add(Number(message));
  return found;
}

test("all events from NATS and Kafka are evaluated although the program is killed three times", {
  ...needs("nats-server", "kafka", "openssl"),
  timeout: 400_000,
}, async () => {
  const nats = await startNats();
  const { plain } = await sharedServer("kafka");
  const topic = await newTopic([plain], 2);
  const journal = join(folder, "journal.db");
  const config = join(folder, "eyas.yaml");
  writeFileSync(
    config,
    `engine: {kind: nodriver}
alert_folding: {enabled: false}
stdout_output: {enabled: false}
journal: {path: ${journal}}
rules_files: [${rules}]
sources:
  json:
    orders: {from: "nats://127.0.0.1:${nats.port}/orders.*", start: beginning}
    payments: {from: "kafka://${plain}/${topic}", start: beginning}
`,
  );
  const client = await connect({ servers: `127.0.0.1:${nats.port}` });
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "orders", subjects: ["orders.*"] });
  const stream = jetstream(client);
  const producer = kafkaClient([plain]).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  let child = run(config);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await producer.disconnect();
    await client.close();
    await nats.remove();
  });
  const count = 4000;
  const kills = new Set([1000, 2000, 3000]);
  for (let n = 0; n < count; n += 50) {
    const numbers = Array.from({ length: 50 }, (_, i) => JSON.stringify({ n: n + i }));
    await Promise.all(numbers.map((text) => stream.publish("orders.eu", text)));
    await producer.send({ topic, messages: numbers.map((value) => ({ value })) });
    await sleep(40);
    if (!kills.has(n)) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
    child = run(config);
  }
  const all = new Set(Array.from({ length: count }, (_, n) => n));
  let found = journalled(journal);
  for (let i = 0; i < 200; i++) {
    if (found.orders.size === count && found.payments.size === count) break;
    await sleep(500);
    found = journalled(journal);
  }
  expect([...all].filter((n) => !found.orders.has(n))).toEqual([]);
  expect([...all].filter((n) => !found.payments.has(n))).toEqual([]);
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});
