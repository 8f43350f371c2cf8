import { setTimeout as wait } from "node:timers/promises";
import { AckPolicy, type Consumer, DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { FeedCounts } from "../feed.ts";
import type { PendingDocuments } from "../pending.ts";
import type { Session } from "../reconnect.ts";
import { openQueue } from "./queue.ts";
import { requireStreams } from "./version.ts";

/** Maximum number of unacknowledged messages. */
const MAX_PENDING = 1000;
/** Time after which the server resends an unacknowledged message, in nanoseconds. */
const ACK_WAIT = 10_000_000_000;
/** Interval at which the agent informs the server that messages are in progress, in milliseconds. */
const IN_PROGRESS = 3000;
/** Maximum time that closing waits for messages in evaluation, in milliseconds. */
const DRAIN = 3000;

/** Options of a durable JetStream consumer. */
export interface ConsumerOptions {
  readonly stream: string;
  readonly subject: string;
  /** Durable name of the consumer. Instances with the same name share the messages. */
  readonly name: string;
  /** Position in the stream at which a new consumer starts to read. */
  readonly start: "end" | "beginning";
  /** Timeout for server responses, in milliseconds. */
  readonly timeout: number;
}

/** Returns the name of the stream that contains a subject; undefined without such a stream or without JetStream. */
export async function streamOf(nats: NatsConnection, subject: string, timeout: number): Promise<string | undefined> {
  if (nats.info?.jetstream !== true) return undefined;
  requireStreams(nats.info.version);
  const { streams } = await jetstreamManager(nats, { checkAPI: false, timeout });
  const names: string[] = [];
  for await (const name of streams.names(subject)) names.push(name);
  if (names.length > 1) throw new Error(`the streams ${names.join(", ")} all match ${subject}; use a narrower subject`);
  return names[0];
}

/**
 * Reads a stream until the session ends. Messages are acknowledged after they are evaluated, so that no message is
 * lost.
 */
export async function readStream(
  nats: NatsConnection,
  options: ConsumerOptions,
  { pending, counts }: { readonly pending: PendingDocuments; readonly counts: FeedCounts },
  { up, signal }: Session,
): Promise<void> {
  await ensureConsumer(nats, options);
  const consumer = await jetstream(nats).consumers.get(options.stream, options.name);
  const queue = openQueue<JsMsg>();
  const unacknowledged = new Set<JsMsg>();
  const messages = await consumer.consume({
    max_messages: MAX_PENDING,
    abort_on_missing_resource: true,
    callback: (message) => {
      unacknowledged.add(message);
      queue.push(message);
    },
  });
  up();
  const inProgress = setInterval(() => {
    for (const message of unacknowledged) message.working();
  }, IN_PROGRESS);
  const stopped = messages.closed().then((error) => queue.end(error || undefined));
  void nats.closed().then((error) => queue.end(error || undefined));
  const stop = (): void => messages.stop();
  signal.addEventListener("abort", stop);
  const inEvaluation = new Set<Promise<void>>();
  try {
    for await (const message of queue) {
      if (signal.aborted) break;
      counts.bytes += message.data.length;
      pending.decode(message.data, { time: message.timestampNanos });
      if (pending.length === 0) {
        message.term(); // without a reason, since servers before 2.10.4 ignore a term with a reason
        unacknowledged.delete(message);
        continue;
      }
      const submitted = await pending.submit(signal);
      if (submitted === undefined) break;
      const done = submitted.evaluated.then(() => {
        unacknowledged.delete(message);
        if (!nats.isClosed()) message.ack();
        inEvaluation.delete(done);
      });
      inEvaluation.add(done);
    }
    if (nats.isClosed()) return;
    await Promise.race([Promise.all(inEvaluation), nats.closed(), wait(DRAIN, undefined, { ref: false })]);
  } finally {
    clearInterval(inProgress);
    signal.removeEventListener("abort", stop);
    messages.stop();
    if (!nats.isClosed()) {
      if (unacknowledged.size > 0) await forgetPulls(consumer);
      for (const message of unacknowledged) message.nak(); // redeliver them immediately
      await nats.flush();
    }
    if (!nats.isClosed()) await stopped;
  }
}

const CONSUMER_NOT_FOUND = 10_014;

async function ensureConsumer(
  nats: NatsConnection,
  { stream, subject, name, start, timeout }: ConsumerOptions,
): Promise<void> {
  const { consumers } = await jetstreamManager(nats, { checkAPI: false, timeout });
  try {
    await consumers.info(stream, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === CONSUMER_NOT_FOUND)) throw error;
    await consumers.add(stream, {
      durable_name: name,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ACK_WAIT,
      max_ack_pending: MAX_PENDING,
      deliver_policy: start === "end" ? DeliverPolicy.New : DeliverPolicy.All,
    });
  }
}

/**
 * Requests the consumer's state, so that the server removes the pull requests of a closed subscription. Otherwise, a
 * server before 2.10.14 without other pull requests redelivers messages only after `ACK_WAIT`, and sends the newest
 * message twice.
 */
async function forgetPulls(consumer: Consumer): Promise<void> {
  await consumer.info().catch(() => {}); // on failure, the messages are redelivered later
}
