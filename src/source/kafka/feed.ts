import { setTimeout as wait } from "node:timers/promises";
import type { Consumer, EachBatchPayload } from "kafkajs";
import { eventTime } from "../../event/timestamp.ts";
import { type KafkaAccess, openKafka } from "../../transport/broker/kafka.ts";
import { type RejectedBatch, rejectedBatch } from "../../transport/broker/kafka-batches.ts";
import { readTls, type TlsFiles } from "../../transport/tls.ts";
import type { Decode } from "../decode.ts";
import { countRejected, type Feed, newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { decodeMessage, limitedRejections, reportingRejections } from "../message.ts";
import { openPending } from "../pending.ts";
import { keepConnected } from "../reconnect.ts";

export interface KafkaFeedOptions {
  /** Origin of the events, for log messages. */
  readonly from: string;
  /** Name of the source. */
  readonly source: string;
  readonly access: KafkaAccess;
  /** Certificate files for TLS; undefined: no TLS. */
  readonly tls: TlsFiles | undefined;
  readonly topic: string;
  /**
   * Name of the consumer group; empty: derived from source and topic. Instances with the same group share the messages.
   */
  readonly consumer: string;
  /** Position in the topic at which a new consumer group starts to read. */
  readonly start: "end" | "beginning";
  readonly decode: Decode;
  /** Time without a heartbeat after which the group reassigns the partitions, in milliseconds. */
  readonly session?: number;
  /** Called with a description of a rejected message or batch, at most once per minute. */
  readonly say: (sentence: string) => void;
}

const SESSION = 10_000;
/** Maximum number of messages per submission. */
const CHUNK = 200;
const PARTITIONS_AT_ONCE = 4;
/** Maximum time that closing waits for events in evaluation, in milliseconds. */
const DRAIN = 3000;

/**
 * Receives events from a Kafka topic. Offsets are committed after the messages are evaluated, so that no message is
 * lost.
 */
export function openKafkaFeed(settings: KafkaFeedOptions, intake: Intake): Feed {
  const { from, source, access, topic, consumer, start, say, session = SESSION } = settings;
  /** Interval between heartbeats, in milliseconds. */
  const beat = session / 3;
  const counts = newCounts(from);
  const report = limitedRejections(say);
  const decode = reportingRejections(decodeMessage(settings.decode), from, report);
  const ending = new AbortController();
  const { signal } = ending;
  const groupId = consumer || `eyas-${source}-${topic}`;
  const running = keepConnected(counts, signal, async ({ up }) => {
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

  /** Submits a batch of one partition in order, and commits its offsets. */
  async function takeBatch(member: Consumer, payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, isRunning, isStale, resolveOffset } = payload;
    const pending = openPending(intake, decode, counts);
    for (let at = 0; at < batch.messages.length && !signal.aborted; at += CHUNK) {
      const chunk = batch.messages.slice(at, at + CHUNK);
      for (const message of chunk) {
        const refused = rejectedBatch(message);
        if (refused !== undefined) refuse(refused);
        counts.bytes += message.value?.length ?? 0;
        if (message.value !== null) pending.decode(message.value, { time: timeOf(message.timestamp) });
      }
      const submitted = await whileAlive(pending.submit(signal), heartbeat, beat);
      if (submitted === undefined || !isRunning() || isStale()) return;
      if (!(await whileAlive(inTime(submitted.evaluated, signal), heartbeat, beat))) return;
      const last = chunk.at(-1)?.offset;
      if (last === undefined) return;
      resolveOffset(last);
      const offset = String(BigInt(last) + 1n);
      await member.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset }]);
    }
  }

  function refuse({ reason, message, messages }: RejectedBatch): void {
    countRejected(counts, reason, messages);
    report(`a batch from ${from} with ${messages} messages is skipped: it ${message}`);
  }

  return {
    counts,
    async close() {
      ending.abort();
      await running;
    },
  };
}

/** Returns the time of a message in nanoseconds since the epoch; the current time if it has no valid time. */
function timeOf(timestamp: string): bigint {
  return eventTime(BigInt(timestamp) * 1_000_000n) ?? BigInt(Date.now()) * 1_000_000n;
}

const LATE = Symbol("late");

/** Waits for a promise, and sends heartbeats until it settles. */
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

/** Whether a promise settles before the feed closes, or at most {@link DRAIN} milliseconds later. */
function inTime(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const late = aborted(signal).then(() => wait(DRAIN, false, { ref: false }));
  return Promise.race([work.then(() => true), late]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
