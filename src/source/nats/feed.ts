import { hash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { AckPolicy, type Consumer, DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { connectNats, type NatsAccess } from "../../transport/broker/nats.ts";
import { readTls, type TlsFiles } from "../../transport/tls.ts";
import type { Decode } from "../decode.ts";
import { countRefused, type Feed, newCounts } from "../feed.ts";
import { openHandOver } from "../hand-over.ts";
import type { Intake } from "../inbox.ts";
import { decodeMessage, sayingRefusals } from "../message.ts";
import { persist, type Session } from "../persist.ts";
import { requireStreams } from "./version.ts";

export interface NatsFeedSettings {
  /** Where events come from, for people. */
  readonly from: string;
  /** Name of the source. */
  readonly source: string;
  readonly access: NatsAccess;
  readonly tls: TlsFiles;
  /** Over TLS, whatever the address says. */
  readonly secure: boolean;
  readonly subject: string;
  /** The durable consumer; empty: one that is named after source and subject. Those who share it share the messages. */
  readonly consumer: string;
  /** Where a consumer begins that is new. */
  readonly start: "end" | "beginning";
  readonly decode: Decode;
  /** Takes a sentence on a message that was left out. */
  readonly say: (sentence: string) => void;
}

/** Messages that wait here, and those of them that were taken and not judged yet. */
const MOST_PENDING = 1000;
/** Messages that wait here where nothing keeps them for us. */
const MOST_QUEUED = 10_000;
/** Nanoseconds after which the server sends a message again that it has not heard of. */
const ACK_WAIT = 10_000_000_000;
/** Milliseconds between two words to the server that messages are being worked on. */
const WORKING = 3000;
/** Milliseconds for what was taken to be judged at the end. */
const LAST_WHILE = 3000;

/**
 * Takes events from a subject of NATS. Where a stream of JetStream has it, messages are acknowledged once they are judged, so
 * that none is lost; otherwise those are taken that come while we listen.
 */
export function openNatsFeed(settings: NatsFeedSettings, intake: Intake): Feed {
  const { from, access, tls, secure, subject, say } = settings;
  const counts = newCounts(from);
  const decode = sayingRefusals(decodeMessage(settings.decode), from, say);
  const handOver = openHandOver(intake, decode, counts);
  const ending = new AbortController();
  const running = persist(counts, ending.signal, async ({ up, signal: end }) => {
    const nats = await connectNats(access, readTls(tls), secure);
    const lost = new AbortController();
    void nats.closed().then(() => lost.abort());
    const session = { up, signal: AbortSignal.any([end, lost.signal]) };
    try {
      const stream = await streamOf(nats, subject, access.timeout);
      if (stream === undefined) await listen(nats, session);
      else await consume(nats, stream, session);
    } finally {
      await nats.close();
    }
  });

  async function consume(nats: NatsConnection, stream: string, { up, signal }: Session): Promise<void> {
    const name = settings.consumer || nameFor(settings.source, subject);
    await ensureConsumer(nats, stream, name);
    const consumer = await jetstream(nats).consumers.get(stream, name);
    const queue = openQueue<JsMsg>();
    /** Messages that the server has not heard of yet. */
    const held = new Set<JsMsg>();
    const messages = await consumer.consume({
      max_messages: MOST_PENDING,
      abort_on_missing_resource: true,
      callback: (message) => {
        held.add(message);
        queue.push(message);
      },
    });
    up();
    const working = setInterval(() => {
      for (const message of held) message.working();
    }, WORKING);
    const stopped = messages.closed().then((error) => queue.end(error || undefined));
    void nats.closed().then((error) => queue.end(error || undefined));
    const stop = (): void => messages.stop();
    signal.addEventListener("abort", stop);
    const judged = new Set<Promise<void>>();
    try {
      for await (const message of queue) {
        if (signal.aborted) break;
        counts.bytes += message.data.length;
        handOver.read(message.data, { time: message.timestampNanos });
        if (handOver.ready === 0) {
          message.term(); // without a reason: servers before 2.10.4 ignore a term that has one
          held.delete(message);
          continue;
        }
        const taken = await handOver.offer(signal);
        if (taken === undefined) break;
        const done = taken.judged.then(() => {
          held.delete(message);
          if (!nats.isClosed()) message.ack();
          judged.delete(done);
        });
        judged.add(done);
      }
      if (nats.isClosed()) return;
      await Promise.race([Promise.all(judged), nats.closed(), wait(LAST_WHILE, undefined, { ref: false })]);
    } finally {
      clearInterval(working);
      signal.removeEventListener("abort", stop);
      messages.stop();
      if (!nats.isClosed()) {
        if (held.size > 0) await forgetPulls(consumer);
        for (const message of held) message.nak(); // somebody may have them at once
        await nats.flush();
      }
      if (!nats.isClosed()) await stopped;
    }
  }

  async function ensureConsumer(nats: NatsConnection, stream: string, name: string): Promise<void> {
    const { consumers } = await jetstreamManager(nats, { checkAPI: false, timeout: access.timeout });
    try {
      await consumers.info(stream, name);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === CONSUMER_NOT_FOUND)) throw error;
      await consumers.add(stream, {
        durable_name: name,
        filter_subject: subject,
        ack_policy: AckPolicy.Explicit,
        ack_wait: ACK_WAIT,
        max_ack_pending: MOST_PENDING,
        deliver_policy: settings.start === "end" ? DeliverPolicy.New : DeliverPolicy.All,
      });
    }
  }

  async function listen(nats: NatsConnection, { up, signal }: Session): Promise<void> {
    const queue = openQueue<Uint8Array>();
    nats.subscribe(subject, {
      queue: settings.consumer || nameFor(settings.source, subject), // those who share the name share the messages
      callback: (error, message) => {
        if (error) queue.end(error);
        else if (queue.length >= MOST_QUEUED) countRefused(counts, "full");
        else queue.push(message.data);
      },
    });
    await nats.flush();
    up();
    void nats.closed().then((error) => queue.end(error || undefined));
    const stop = (): void => queue.end();
    signal.addEventListener("abort", stop);
    try {
      for await (const data of queue) {
        counts.bytes += data.length;
        handOver.read(data, { time: BigInt(Date.now()) * 1_000_000n });
        if (handOver.ready > 0) await handOver.offer(signal);
      }
    } finally {
      signal.removeEventListener("abort", stop);
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

const CONSUMER_NOT_FOUND = 10_014;

/**
 * Lets the server forget pulls whose subscription has ended, which it does when asked about a consumer. A server before 2.10.14
 * that finds nobody but those for a message that was sent back keeps it until `ACK_WAIT` is over, and sends the newest twice.
 */
async function forgetPulls(consumer: Consumer): Promise<void> {
  await consumer.info().catch(() => {}); // they come later then
}

/** The stream that has a subject; undefined where none has, or the server knows no streams. */
async function streamOf(nats: NatsConnection, subject: string, timeout: number): Promise<string | undefined> {
  if (nats.info?.jetstream !== true) return undefined;
  requireStreams(nats.info.version);
  const { streams } = await jetstreamManager(nats, { checkAPI: false, timeout });
  const names: string[] = [];
  for await (const name of streams.names(subject)) names.push(name);
  if (names.length > 1)
    throw new Error(`the streams ${names.join(", ")} all have ${subject}; a narrower one is needed`);
  return names[0];
}

/** A name for a consumer: what stands for other things in NATS is left out, and a part tells subjects apart. */
function nameFor(source: string, subject: string): string {
  const plain = subject.replace(/[^a-zA-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return `eyas_${source}_${plain}_${hash("sha256", subject).slice(0, 8)}`;
}

interface Queue<T> extends AsyncIterable<T> {
  readonly length: number;
  push(item: T): void;
  /** Lets whoever reads it end, or fail, once nothing is left. */
  end(error?: Error): void;
}

function openQueue<T>(): Queue<T> {
  const items: T[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => {};
  return {
    get length() {
      return items.length;
    },
    push(item) {
      items.push(item);
      wake();
    },
    end(error) {
      ended = true;
      failure ??= error;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (let item = items.shift(); item !== undefined; item = items.shift()) yield item;
        if (ended) {
          if (failure !== undefined) throw failure;
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
