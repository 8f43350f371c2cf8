import { setTimeout as wait } from "node:timers/promises";
import type { Consumer, EachBatchPayload } from "kafkajs";
import { type KafkaAccess, openKafka } from "../../transport/broker/kafka.ts";
import { readTls, type TlsFiles } from "../../transport/tls.ts";
import type { Decode } from "../decode.ts";
import { type Feed, newCounts } from "../feed.ts";
import { openHandOver } from "../hand-over.ts";
import type { Intake } from "../inbox.ts";
import { decodeMessage, sayingRefusals } from "../message.ts";
import { persist } from "../persist.ts";

export interface KafkaFeedSettings {
  /** Where events come from, for people. */
  readonly from: string;
  /** Name of the source. */
  readonly source: string;
  readonly access: KafkaAccess;
  /** Undefined: not over TLS. */
  readonly tls: TlsFiles | undefined;
  readonly topic: string;
  /** The consumer group; empty: one that is named after source and topic. Those who share it share the messages. */
  readonly consumer: string;
  /** Where a group begins that is new. */
  readonly start: "end" | "beginning";
  readonly decode: Decode;
  /** Milliseconds without a sign of life after which others get our partitions. */
  readonly session?: number;
  /** Takes a sentence on a message that was left out. */
  readonly say: (sentence: string) => void;
}

const SESSION = 10_000;
/** Messages that are offered at once. */
const CHUNK = 200;
const PARTITIONS_AT_ONCE = 4;
/** Milliseconds for what was taken to be judged at the end. */
const LAST_WHILE = 3000;

/** Takes events from a topic of Kafka. The group's position moves on once messages are judged, so that none is lost. */
export function openKafkaFeed(settings: KafkaFeedSettings, intake: Intake): Feed {
  const { from, source, access, topic, consumer, start, say, session = SESSION } = settings;
  /** Milliseconds between two signs of life. */
  const beat = session / 3;
  const counts = newCounts(from);
  const decode = sayingRefusals(decodeMessage(settings.decode), from, say);
  const ending = new AbortController();
  const { signal } = ending;
  const groupId = consumer || `eyas-${source}-${topic}`;
  const running = persist(counts, signal, async ({ up }) => {
    const kafka = openKafka(access, settings.tls && readTls(settings.tls));
    const member = kafka.consumer({
      groupId,
      sessionTimeout: session,
      heartbeatInterval: beat,
      maxWaitTimeInMs: 500,
      allowAutoTopicCreation: false,
      retry: { retries: 3, initialRetryTime: 300, restartOnFailure: async () => false },
    });
    try {
      await member.connect();
      await member.subscribe({ topic, fromBeginning: start === "beginning" });
      const crashed = new Promise<never>((_, reject) => {
        member.on(member.events.CRASH, ({ payload }) => reject(payload.error));
      });
      crashed.catch(() => {});
      member.on(member.events.GROUP_JOIN, up);
      await member.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
        eachBatch: (payload) => takeBatch(member, payload),
      });
      await Promise.race([crashed, aborted(signal)]);
    } finally {
      await member.disconnect();
    }
  });

  /** Takes a batch of one partition, in its order, and moves the group's position behind it. */
  async function takeBatch(member: Consumer, payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, isRunning, isStale, resolveOffset } = payload;
    const handOver = openHandOver(intake, decode, counts);
    for (let at = 0; at < batch.messages.length && !signal.aborted; at += CHUNK) {
      const chunk = batch.messages.slice(at, at + CHUNK);
      for (const { value, timestamp } of chunk) {
        counts.bytes += value?.length ?? 0;
        if (value !== null) handOver.read(value, { time: timeOf(timestamp) });
      }
      const taken = await whileAlive(handOver.offer(signal), heartbeat, beat);
      if (taken === undefined || !isRunning() || isStale()) return;
      if (!(await whileAlive(inTime(taken.judged, signal), heartbeat, beat))) return;
      const last = chunk.at(-1)?.offset;
      if (last === undefined) return;
      resolveOffset(last);
      const offset = String(BigInt(last) + 1n);
      await member.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset }]);
    }
  }

  return {
    counts,
    async close() {
      ending.abort();
      await running;
    },
  };
}

/** Nanoseconds since the epoch of a message's time in milliseconds; now where it has none (-1). */
function timeOf(timestamp: string): bigint {
  return (timestamp.startsWith("-") ? BigInt(Date.now()) : BigInt(timestamp)) * 1_000_000n;
}

const LATE = Symbol("late");

/** Waits for something and tells the group meanwhile that we are there. */
async function whileAlive<T>(work: Promise<T>, heartbeat: () => Promise<void>, every: number): Promise<T> {
  for (;;) {
    const over = new AbortController();
    const late = wait(every, LATE, { signal: over.signal }).catch(() => LATE);
    const first = await Promise.race([work, late]);
    over.abort();
    if (first !== LATE) return work;
    await heartbeat();
  }
}

/** Whether it comes before the end, or soon after. */
function inTime(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const late = aborted(signal).then(() => wait(LAST_WHILE, false, { ref: false }));
  return Promise.race([work.then(() => true), late]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
