import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { idsOf, numbered } from "../../src/output/brokers-trial.fixture.ts";
import type { Output } from "../../src/output/output.ts";
import { decodeJson } from "../../src/source/decode.ts";
import { openEvaluator } from "../../src/source/evaluator.fixture.ts";
import { openKafkaFeed } from "../../src/source/kafka/feed.ts";
import { anyJson } from "../../src/source/reader.ts";
import { needs } from "../parts/needs.ts";
import { ofHosts, openPlain } from "./output.ts";
import { startKafkaCluster } from "./server.ts";
import { administer, newTopic, readTopic } from "./topic.ts";

/** Minimum number of alerts to deliver. */
const ALERTS = 1500;

interface Partition {
  readonly leader: number;
  readonly isr: readonly number[];
}

describe("three Kafka brokers", { ...needs("kafka"), timeout: 600_000 }, () => {
  let cluster: Awaited<ReturnType<typeof startKafkaCluster>> | undefined;
  beforeAll(async () => {
    cluster = await startKafkaCluster(3);
  }, 300_000);
  afterAll(() => cluster?.remove());

  function running() {
    if (cluster === undefined) throw new Error("the cluster doesn't run");
    return cluster;
  }

  /** Waits until the condition is true for every partition of a topic. */
  async function until(topic: string, holds: (partition: Partition) => boolean): Promise<void> {
    for (let i = 0; i < 1000; i++) {
      const partitions = await administer(running().hostport, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics[0]?.partitions ?? [];
      }).catch(() => []); // the broker does not respond, or does not have the information yet
      if (partitions.length > 0 && partitions.every(holds)) return;
      await sleep(100);
    }
    throw new Error(`the brokers don't agree on ${topic}`);
  }

  const inSync = (topic: string) => until(topic, ({ isr, leader }) => isr.length === 3 && leader > 0);
  const led = (topic: string, not: number) => until(topic, ({ leader }) => leader > 0 && leader !== not);

  /** Delivers alerts in small batches during `trouble`, with retries. */
  async function deliverThrough(output: Output, trouble: () => Promise<void>): Promise<Alert[]> {
    const sent: Alert[] = [];
    let over = false;
    const done = trouble().finally(() => {
      over = true;
    });
    while (!over || sent.length < ALERTS) {
      let left: readonly Alert[] = ofHosts(numbered(sent.length, 50), 12);
      sent.push(...left);
      while (left.length > 0) {
        const delivery = await output.deliver(left);
        if (delivery.outcome === "delivered") break;
        if (delivery.outcome === "partly") left = delivery.retry;
        if (delivery.outcome === "rejected" || (delivery.outcome === "partly" && delivery.rejected.length > 0))
          throw new Error(delivery.reason);
        await sleep(100);
      }
      await sleep(20);
    }
    await done;
    return sent;
  }

  test("lose no alert and deliver all to a source while one is killed and one is frozen", async () => {
    const { hostport, brokers } = running();
    const topic = await newTopic(hostport, 6);
    await inSync(topic);
    const output = openPlain(hostport, topic, { timeout: 3000 });
    const evaluator = openEvaluator();
    const feed = openKafkaFeed(
      {
        from: "kafka://test/events",
        source: "json",
        access: { hostport, sasl: "none", username: "", password: "", clientid: "eyas", timeout: 3000 },
        tls: undefined,
        topic,
        consumer: randomUUID(),
        start: "beginning",
        decode: decodeJson(anyJson.split, 1 << 20),
        say: () => {},
      },
      evaluator.inbox,
    );
    const seen = new Set<unknown>();
    const judging = setInterval(() => {
      evaluator.evaluate();
      for (const value of evaluator.seen.splice(0))
        if (typeof value === "object" && value !== null && "uuid" in value) seen.add(value.uuid);
    }, 20);
    const sent = await deliverThrough(output, async () => {
      const [first, second] = brokers;
      await sleep(300);
      await first?.kill();
      await led(topic, 1);
      await first?.start();
      await inSync(topic);
      second?.signal("SIGSTOP");
      await led(topic, 2);
      second?.signal("SIGCONT");
      await inSync(topic);
    });
    await output.close();
    const messages = await readTopic(hostport, topic);
    const texts = new Map(messages.map(({ uuid, text }) => [uuid, text]));
    expect(idsOf(sent).filter((id) => !texts.has(id ?? ""))).toEqual([]);
    expect(texts.size).toBe(sent.length);
    for (const { uuid, text } of messages) expect(text).toBe(texts.get(uuid));
    expect(messages.length).toBeLessThan(2 * sent.length);
    for (let i = 0; i < 1200 && seen.size < sent.length; i++) await sleep(100);
    clearInterval(judging);
    await feed.close();
    expect(idsOf(sent).filter((id) => !seen.has(id))).toEqual([]);
    expect(feed.counts.trouble).toBeUndefined();
  });

  test("accept no alerts while too few replicas are in sync, and the reason is logged", async () => {
    const { hostport, brokers } = running();
    const topic = await newTopic(hostport, 1, { "min.insync.replicas": 3 });
    await inSync(topic);
    const output = openPlain(hostport, topic, { timeout: 5000 });
    const alerts = numbered(0, 3);
    await brokers[2]?.kill();
    let reason = "";
    for (let i = 0; i < 100 && !reason.includes("min.insync.replicas"); i++) {
      const delivery = await output.deliver(alerts);
      expect(delivery.outcome).toBe("retry");
      if (delivery.outcome === "retry") reason = delivery.reason;
      await sleep(100);
    }
    expect(reason).toMatch(/topic t-\S+: .*min\.insync\.replicas/);
    await brokers[2]?.start();
    await inSync(topic);
    expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
    const uuids = (await readTopic(hostport, topic)).map(({ uuid }) => uuid);
    expect(new Set(uuids)).toEqual(new Set(idsOf(alerts)));
    await output.close();
  });
});
