import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type IHeaders } from "kafkajs";
import { afterAll, expect, test } from "vitest";
import { hasMockKafka, type MockKafka, startMockKafka } from "../../broker/kafka.fixture.ts";
import { fromByteString } from "../../event/bytes.ts";
import { decodeJson } from "../decode.ts";
import type { Feed } from "../feed.ts";
import { openJudge } from "../judge.fixture.ts";
import { anyJson } from "../readers.ts";
import { type KafkaFeedSettings, openKafkaFeed } from "./feed.ts";

const running: MockKafka[] = [];
const feeds: Feed[] = [];
const said: string[] = [];
afterAll(async () => {
  await Promise.all(feeds.map((feed) => feed.close()));
  for (const each of running) each.remove();
});

function start(partitions: number): MockKafka {
  const kafka = startMockKafka(1);
  running.push(kafka);
  kafka.createTopic("events", partitions);
  return kafka;
}

function open(
  { hostport }: MockKafka,
  intake: Parameters<typeof openKafkaFeed>[1],
  changes: Partial<KafkaFeedSettings> = {},
) {
  const feed = openKafkaFeed(
    {
      from: "kafka://test/events",
      source: "json",
      access: { hostport: [hostport], sasl: "none", username: "", password: "", clientid: "eyas", timeout: 5000 },
      tls: undefined,
      topic: "events",
      consumer: "",
      start: "beginning",
      session: 1500, // the mock brokers don't let others in before it is over, even where one has left
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
  { hostport }: MockKafka,
  texts: readonly (string | Buffer)[],
  headers: IHeaders = {},
): Promise<void> {
  const client = new kafkajs.Kafka({ brokers: [hostport], logLevel: kafkajs.logLevel.NOTHING });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: "events", messages: texts.map((value) => ({ value, headers })) });
  await producer.disconnect();
}

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ n: from + i }));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await sleep(20);
}

test.skipIf(!hasMockKafka)(
  "messages of all partitions are judged, and the group goes on behind them (needs librdkafka)",
  async () => {
    const kafka = start(3);
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
  },
);

test.skipIf(!hasMockKafka)("what was not judged at the end comes to the next one (needs librdkafka)", async () => {
  const kafka = start(1);
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

test.skipIf(!hasMockKafka)("the brokers go and come back: every message is judged (needs librdkafka)", async () => {
  const kafka = start(1);
  await send(kafka, numbered(0, 50));
  const judge = openJudge();
  const feed = open(kafka, judge.inbox);
  await judge.until(50);
  kafka.set("down");
  await until(() => feed.counts.trouble !== undefined);
  expect(feed.counts.trouble).toMatch(/ECONNREFUSED|closed/);
  kafka.set("up");
  await send(kafka, numbered(50, 20));
  await until(() => {
    judge.judge();
    return judge.numbers().includes(69);
  });
  expect(new Set(judge.numbers())).toEqual(new Set(upTo(70)));
  expect(feed.counts.trouble).toBeUndefined();
});

test.skipIf(!hasMockKafka)(
  "messages that are no events are counted, said once and passed (needs librdkafka)",
  async () => {
    const kafka = start(1);
    said.length = 0;
    await send(kafka, ["{broken SECRET", "7", "", '[{"n":0},{"n":1}]', '{"n":2}\n{"n":3}\nno\n{"n":4}\n', '{"n":5}']);
    const judge = openJudge();
    const feed = open(kafka, judge.inbox);
    await judge.until(6);
    expect(judge.numbers()).toEqual(upTo(6));
    expect(Object.fromEntries(feed.counts.refused)).toEqual({ not_json: 3, no_object: 1 });
    expect(said).toEqual([expect.stringMatching(/^a message from kafka:\/\/test\/events is left out: it /)]);
    expect(said.join()).not.toContain("SECRET");
  },
);

test.skipIf(!hasMockKafka)("a new group may begin at the end (needs librdkafka)", async () => {
  const kafka = start(1);
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

test.skipIf(!hasMockKafka)("messages may come packed, in any way that producers have (needs librdkafka)", async () => {
  const kafka = start(1);
  const judge = openJudge(5000);
  open(kafka, judge.inbox);
  const all: string[] = [];
  for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
    const texts = Array.from({ length: 1000 }, (_, i) =>
      JSON.stringify({ n: all.length + i, text: `${"ä lot of text that comes again ".repeat(i % 23)}${i * 7919}` }),
    );
    kafka.produce("events", texts, compression);
    all.push(...texts);
    await judge.until(all.length);
  }
  expect(judge.seen.map((value) => fromByteString(JSON.stringify(value)))).toEqual(all);
});
