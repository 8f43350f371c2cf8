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
import type { Feed } from "../feed.ts";
import { openJudge } from "../judge.fixture.ts";
import { anyJson } from "../readers.ts";
import { type KafkaFeedSettings, openKafkaFeed } from "./feed.ts";

const feeds: Feed[] = [];
const said: string[] = [];
afterAll(async () => {
  await Promise.all(feeds.map((feed) => feed.close()));
});

/** A topic on the run's broker, and a group of its own. */
async function start(partitions: number, config: Readonly<Record<string, string>> = {}) {
  const place = await sharedServer("kafka");
  const hostport = [place.plain];
  return { ...place, hostport, topic: await newTopic(hostport, partitions, config), consumer: randomUUID() };
}

type Place = Awaited<ReturnType<typeof start>>;

function open(
  { hostport, topic, consumer }: Place,
  intake: Parameters<typeof openKafkaFeed>[1],
  changes: Partial<KafkaFeedSettings> = {},
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

describe("a topic of Kafka", { ...needs("kafka", "openssl"), timeout: 240_000 }, () => {
  test("messages of all partitions are judged, and the group goes on behind them", async () => {
    const kafka = await start(3);
    await send(kafka, numbered(0, 900));
    const first = openJudge(100);
    const feed = open(kafka, first.inbox);
    await until(() => {
      first.judge();
      return first.seen.length >= 900;
    });
    expect(new Set(first.numbers())).toEqual(new Set(upTo(900)));
    expect(first.seen).toHaveLength(900);
    expect(feed.counts).toMatchObject({ accepted: 900, trouble: undefined });
    await sleep(100);
    await feed.close();
    await send(kafka, numbered(900, 10));
    const second = openJudge();
    open(kafka, second.inbox);
    await second.until(10);
    expect(new Set(second.numbers())).toEqual(new Set(upTo(910).slice(900)));
  });

  test("what was not judged at the end comes to the next one", async () => {
    const kafka = await start(1);
    await send(kafka, numbered(0, 700));
    const first = openJudge();
    const feed = open(kafka, first.inbox);
    await until(() => first.inbox.waiting === 200);
    first.judge();
    await until(() => first.inbox.waiting === 200);
    await feed.close();
    const second = openJudge();
    open(kafka, second.inbox);
    await second.until(500);
    expect(second.numbers()).toEqual(upTo(700).slice(200));
  });

  test("messages that are no events are counted, said once and passed", async () => {
    const kafka = await start(1);
    said.length = 0;
    await send(kafka, ["{broken SECRET", "7", "", '[{"n":0},{"n":1}]', '{"n":2}\n{"n":3}\nno\n{"n":4}\n', '{"n":5}']);
    const judge = openJudge();
    const feed = open(kafka, judge.inbox);
    await judge.until(6);
    expect(judge.numbers()).toEqual(upTo(6));
    expect(Object.fromEntries(feed.counts.refused)).toEqual({ not_json: 3, no_object: 1 });
    expect(said).toEqual([expect.stringMatching(/^a message from kafka:\/\/test\/events is left out: it /)]);
    expect(said.join()).not.toContain("SECRET");
  });

  test("a new group may begin at the end", async () => {
    const kafka = await start(1);
    await send(kafka, numbered(0, 10));
    const judge = openJudge();
    open(kafka, judge.inbox, { start: "end" });
    for (let n = 10; !judge.numbers().length && n < 500; n++) {
      await send(kafka, numbered(n, 1));
      judge.judge();
      await sleep(50);
    }
    expect(judge.numbers()[0]).toBeGreaterThanOrEqual(10);
  });

  test("messages may come packed, in any way that producers have", async () => {
    // The broker packs them anew, as Java's clients do.
    for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
      const kafka = await start(1, { "compression.type": compression });
      const judge = openJudge(5000);
      open(kafka, judge.inbox);
      const texts = Array.from({ length: 1000 }, (_, i) =>
        JSON.stringify({ n: i, text: `${"ä lot of text that comes again ".repeat(i % 23)}${i * 7919}` }),
      );
      await send(kafka, texts);
      expect(codecsOnDisk(kafka.data, kafka.topic)).toEqual([compression]);
      await judge.until(texts.length);
      expect(judge.seen.map((value) => fromByteString(JSON.stringify(value)))).toEqual(texts);
    }
  });

  test("a small batch that unpacks to very much is not taken in", async () => {
    const kafka = await start(1);
    await send(kafka, [Buffer.alloc(200 << 20)], { compression: kafkajs.CompressionTypes.GZIP });
    const judge = openJudge();
    const feed = open(kafka, judge.inbox);
    await until(() => feed.counts.trouble !== undefined);
    expect(feed.counts.trouble).toMatch(/larger than/);
    expect(judge.inbox.waiting).toBe(0);
  });

  test("a message without a time is of now", async () => {
    const kafka = await start(1);
    await send(kafka, numbered(0, 1), { timestamp: "-1" });
    const judge = openJudge();
    open(kafka, judge.inbox);
    const before = BigInt(Date.now()) * 1_000_000n;
    await judge.until(1);
    expect(judge.times[0]).toBeGreaterThanOrEqual(before - 60_000_000_000n);
  });

  test("a user signs in; with a wrong password nothing comes, and the reason is said", async () => {
    const kafka = await start(1);
    await send(kafka, numbered(0, 3));
    const access = { hostport: [kafka.sasl], sasl: "scram_sha512", clientid: "eyas", timeout: 10_000 } as const;
    const judge = openJudge();
    const wrong = open(kafka, judge.inbox, { access: { ...access, ...kafkaUser, password: "secret0" } });
    await until(() => wrong.counts.trouble !== undefined);
    expect(wrong.counts.trouble).toMatch(/authentication/i);
    expect(wrong.counts.trouble).not.toContain("secret0");
    open(kafka, judge.inbox, { access: { ...access, ...kafkaUser } });
    await judge.until(3);
    expect(judge.numbers()).toEqual(upTo(3));
  });
});
