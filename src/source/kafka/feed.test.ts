import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type ProducerRecord } from "kafkajs";
import { afterAll, describe, expect, test } from "vitest";
import { kafkaUser } from "../../../test/kafka/server.ts";
import { codecsOnDisk, kafkaClient, newTopic } from "../../../test/kafka/topic.ts";
import { needs } from "../../../test/parts/needs.ts";
import { sharedServer } from "../../../test/parts/shared-server.ts";
import { fromByteString } from "../../event/bytes.ts";
import { decodeJson } from "../decode.ts";
import { openEvaluator } from "../evaluator.fixture.ts";
import type { Feed } from "../feed.ts";
import { anyJson } from "../reader.ts";
import { type KafkaFeedOptions, openKafkaFeed } from "./feed.ts";

const feeds: Feed[] = [];
const said: string[] = [];
afterAll(async () => {
  await Promise.all(feeds.map((feed) => feed.close()));
});

/** Creates a topic on the broker of this test run, and a feed with its own group. */
async function start(partitions: number, config: Readonly<Record<string, string>> = {}) {
  const place = await sharedServer("kafka");
  const hostport = [place.plain];
  return { ...place, hostport, topic: await newTopic(hostport, partitions, config), consumer: randomUUID() };
}

type Place = Awaited<ReturnType<typeof start>>;

function open(
  { hostport, topic, consumer }: Place,
  intake: Parameters<typeof openKafkaFeed>[1],
  changes: Partial<KafkaFeedOptions> = {},
) {
  const feed = openKafkaFeed(
    {
      from: "kafka://test/events",
      source: "json",
      access: { hostport, sasl: "none", username: "", password: "", clientid: "eyas", timeout: 10_000 },
      tls: undefined,
      topic,
      consumer,
      start: "beginning",
      decode: decodeJson(anyJson.split, 1 << 20),
      say: (sentence) => said.push(sentence),
      ...changes,
    },
    intake,
  );
  feeds.push(feed);
  return feed;
}

async function send(
  { hostport, topic }: Place,
  texts: readonly (string | Buffer)[],
  more: Partial<ProducerRecord> & { readonly timestamp?: string } = {},
): Promise<void> {
  const { timestamp, ...record } = more;
  const producer = kafkaClient(hostport).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = texts.map((value) => ({ value, ...(timestamp !== undefined && { timestamp }) }));
  await producer.send({ topic, messages, ...record });
  await producer.disconnect();
}

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ n: from + i }));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 5000 && !condition(); i++) await sleep(20);
}

describe("a Kafka topic", { ...needs("kafka", "openssl"), timeout: 240_000 }, () => {
  test("messages of all partitions are evaluated, and the group resumes after them", async () => {
    const kafka = await start(3);
    await send(kafka, numbered(0, 900));
    const first = openEvaluator(100);
    const feed = open(kafka, first.inbox);
    await until(() => {
      first.evaluate();
      return first.seen.length >= 900;
    });
    expect(new Set(first.numbers())).toEqual(new Set(upTo(900)));
    expect(first.seen).toHaveLength(900);
    expect(feed.counts).toMatchObject({ accepted: 900, trouble: undefined });
    await sleep(100);
    await feed.close();
    await send(kafka, numbered(900, 10));
    const second = openEvaluator();
    open(kafka, second.inbox);
    await second.until(10);
    expect(new Set(second.numbers())).toEqual(new Set(upTo(910).slice(900)));
  });

  test("messages that were not evaluated are delivered to the next consumer", async () => {
    const kafka = await start(1);
    await send(kafka, numbered(0, 700));
    const first = openEvaluator();
    const feed = open(kafka, first.inbox);
    await until(() => first.inbox.waiting === 200);
    first.evaluate();
    await until(() => first.inbox.waiting === 200);
    await feed.close();
    const second = openEvaluator();
    open(kafka, second.inbox);
    await second.until(500);
    expect(second.numbers()).toEqual(upTo(700).slice(200));
  });

  test("messages that are not events are counted, logged once and skipped", async () => {
    const kafka = await start(1);
    said.length = 0;
    await send(kafka, ["{broken SECRET", "7", "", '[{"n":0},{"n":1}]', '{"n":2}\n{"n":3}\nno\n{"n":4}\n', '{"n":5}']);
    const evaluator = openEvaluator();
    const feed = open(kafka, evaluator.inbox);
    await evaluator.until(6);
    expect(evaluator.numbers()).toEqual(upTo(6));
    expect(Object.fromEntries(feed.counts.refused)).toEqual({ not_json: 3, no_object: 1 });
    expect(said).toEqual([
      expect.stringMatching(/^a message from kafka:\/\/test\/events is skipped: invalid JSON at byte /),
    ]);
    expect(said.join()).not.toContain("SECRET");
  });

  test("a new group can begin at the end", async () => {
    const kafka = await start(1);
    await send(kafka, numbered(0, 10));
    const evaluator = openEvaluator();
    open(kafka, evaluator.inbox, { start: "end" });
    for (let n = 10; !evaluator.numbers().length && n < 500; n++) {
      await send(kafka, numbered(n, 1));
      evaluator.evaluate();
      await sleep(50);
    }
    expect(evaluator.numbers()[0]).toBeGreaterThanOrEqual(10);
  });

  test("messages can be compressed with any supported codec", async () => {
    // The broker recompresses the messages in the formats that Java clients use.
    for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
      const kafka = await start(1, { "compression.type": compression });
      const evaluator = openEvaluator(5000);
      open(kafka, evaluator.inbox);
      const texts = Array.from({ length: 1000 }, (_, i) =>
        JSON.stringify({ n: i, text: `${"ä lot of text that comes again ".repeat(i % 23)}${i * 7919}` }),
      );
      await send(kafka, texts);
      expect(codecsOnDisk(kafka.data, kafka.topic)).toEqual([compression]);
      await evaluator.until(texts.length);
      expect(evaluator.seen.map((value) => fromByteString(JSON.stringify(value)))).toEqual(texts);
    }
  });

  test("a small batch that decompresses to more than 128 MiB is counted, logged and skipped", async () => {
    const kafka = await start(1);
    said.length = 0;
    await send(kafka, numbered(0, 3));
    await send(kafka, [Buffer.alloc(200 << 20)], { compression: kafkajs.CompressionTypes.GZIP });
    await send(kafka, numbered(3, 3));
    const evaluator = openEvaluator();
    const feed = open(kafka, evaluator.inbox);
    await evaluator.until(6);
    expect(evaluator.numbers()).toEqual(upTo(6));
    expect(Object.fromEntries(feed.counts.refused)).toEqual({ too_large: 1 });
    expect(feed.counts.trouble).toBeUndefined();
    expect(said).toEqual([
      "a batch from kafka://test/events with 1 messages is skipped: it decompresses to more bytes than the limit for a batch",
    ]);
    await sleep(500);
    await feed.close();
    await send(kafka, numbered(6, 1));
    const second = openEvaluator();
    const next = open(kafka, second.inbox);
    await second.until(1);
    expect([second.numbers(), next.counts.refused.size]).toEqual([[6], 0]);
  });

  test("a message without a time has the time of arrival", async () => {
    const kafka = await start(1);
    await send(kafka, numbered(0, 1), { timestamp: "-1" });
    const evaluator = openEvaluator();
    open(kafka, evaluator.inbox);
    const before = BigInt(Date.now()) * 1_000_000n;
    await evaluator.until(1);
    expect(evaluator.times[0]).toBeGreaterThanOrEqual(before - 60_000_000_000n);
  });

  test("a user signs in; with a wrong password the cause is reported", async () => {
    const kafka = await start(1);
    await send(kafka, numbered(0, 3));
    const access = { hostport: [kafka.sasl], sasl: "scram_sha512", clientid: "eyas", timeout: 10_000 } as const;
    const evaluator = openEvaluator();
    const wrong = open(kafka, evaluator.inbox, { access: { ...access, ...kafkaUser, password: "secret0" } });
    await until(() => wrong.counts.trouble !== undefined);
    expect(wrong.counts.trouble).toMatch(/authentication/i);
    expect(wrong.counts.trouble).not.toContain("secret0");
    open(kafka, evaluator.inbox, { access: { ...access, ...kafkaUser } });
    await evaluator.until(3);
    expect(evaluator.numbers()).toEqual(upTo(3));
  });
});
