import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import kafkajs, { type Admin } from "kafkajs";
import { letIdleSleep } from "../../src/transport/broker/kafka-idle.ts";

/** A message that a consumer received. */
export interface Message {
  readonly partition: number;
  readonly key: string | undefined;
  readonly uuid: string;
  readonly text: string;
  /** Time in milliseconds since the epoch; -1 if the message has no time. */
  readonly time: number;
}

letIdleSleep();

/** Maximum number of attempts to create a topic. There are five attempts per second. */
const MOST_TRIES = 600;

export function kafkaClient(hostport: readonly string[]) {
  const timeouts = { connectionTimeout: 5000, requestTimeout: 20_000 };
  return new kafkajs.Kafka({ brokers: [...hostport], logLevel: kafkajs.logLevel.NOTHING, ...timeouts });
}

/** Runs an administrative operation on the brokers. */
export async function administer<T>(hostport: readonly string[], work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(hostport).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Creates a topic with a unique name. Its partitions accept messages. */
export async function newTopic(
  hostport: readonly string[],
  partitions = 1,
  config: Readonly<Record<string, string | number>> = {},
): Promise<string> {
  const topic = `t-${randomUUID()}`;
  await createTopic(hostport, topic, partitions, config);
  return topic;
}

export async function createTopic(
  hostport: readonly string[],
  topic: string,
  partitions = 1,
  config: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value: String(value) }));
  const topics = [{ topic, numPartitions: partitions, replicationFactor: -1, configEntries }];
  for (let tries = 0; ; tries++) {
    try {
      await administer(hostport, async (admin) => {
        await admin.createTopics({ topics });
        await admin.fetchTopicOffsets(topic); // only a leader answers; metadata names it before it leads
      });
      return;
    } catch (error) {
      if (!isTemporary(error) || tries === MOST_TRIES) throw error;
      await sleep(200);
    }
  }
}

/**
 * Errors of a busy machine: fewer brokers are registered than replicas are required, or a broker does not have the new
 * topic yet, or does not lead it yet.
 */
const TEMPORARY: ReadonlySet<string | undefined> = new Set([
  "INVALID_REPLICATION_FACTOR",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
]);

function isTemporary(error: unknown): boolean {
  const { type, errors = [] } = error as {
    readonly type?: string;
    readonly errors?: readonly { readonly type?: string }[];
  };
  return [type, ...errors.map((each) => each.type)].some((each) => TEMPORARY.has(each));
}

/** Returns all messages of a topic, partition by partition. */
export async function readTopic(hostport: readonly string[], topic: string): Promise<Message[]> {
  const offsets = await administer(hostport, (admin) => admin.fetchTopicOffsets(topic));
  const left = new Map(
    offsets.flatMap(({ partition, low, high }) => (low === high ? [] : [[partition, BigInt(high)]])),
  );
  const messages = new Map<string, Message>();
  if (left.size === 0) return [];
  const consumer = kafkaClient(hostport).consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on("consumer.crash", ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    void consumer.run({
      eachMessage: async ({ partition, message: { key, value, headers, timestamp, offset } }) => {
        const uuid = String(headers?.uuid);
        const message = { partition, key: key?.toString(), uuid, text: String(value), time: Number(timestamp) };
        messages.set(`${partition} ${offset}`, message); // it may be delivered again after the group was rejoined
        if (BigInt(offset) + 1n === left.get(partition)) left.delete(partition);
        if (left.size === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
  return [...messages.values()].sort((a, b) => a.partition - b.partition);
}

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** Returns the compression types of the batches of a topic on disk, from the batch attributes. */
export function codecsOnDisk(data: string, topic: string): string[] {
  const found = new Set<string>();
  const folders = readdirSync(data).filter((name) => name.startsWith(`${topic}-`));
  for (const folder of folders)
    for (const name of readdirSync(join(data, folder)).filter((name) => name.endsWith(".log"))) {
      const bytes = readFileSync(join(data, folder, name));
      for (let at = 0; at + 61 <= bytes.length; at += 12 + bytes.readInt32BE(at + 8))
        found.add(codecs[bytes.readInt16BE(at + 21) & 7] ?? "");
    }
  return [...found];
}
