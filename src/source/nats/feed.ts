import { connectNats, type NatsAccess } from "../../transport/broker/nats.ts";
import { readTls, type TlsFiles } from "../../transport/tls.ts";
import type { Decode } from "../decode.ts";
import { type Feed, newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { decodeMessage, limitedRejections, reportingRejections } from "../message.ts";
import { openPending } from "../pending.ts";
import { keepConnected } from "../reconnect.ts";
import { readStream, streamOf } from "./stream.ts";
import { consumerName, readSubject } from "./subject.ts";

export interface NatsFeedOptions {
  /** Origin of the events, for log messages. */
  readonly from: string;
  /** Name of the source. */
  readonly source: string;
  readonly access: NatsAccess;
  readonly tls: TlsFiles;
  /** Whether to use TLS, regardless of the address. */
  readonly secure: boolean;
  readonly subject: string;
  /**
   * Name of the durable consumer or queue group; empty: derived from source and subject. Instances with the same name
   * share the messages.
   */
  readonly consumer: string;
  /** Position in the stream at which a new consumer starts to read. */
  readonly start: "end" | "beginning";
  readonly decode: Decode;
  /** Called with a description of a rejected message, at most once per minute. */
  readonly say: (sentence: string) => void;
}

/**
 * Receives events from a NATS subject. If a JetStream stream contains the subject, no message is lost. Otherwise, the
 * feed receives only messages that are published while it is connected.
 */
export function openNatsFeed(options: NatsFeedOptions, intake: Intake): Feed {
  const { from, source, access, tls, secure, subject, consumer, start, say } = options;
  const { timeout } = access;
  const counts = newCounts(from);
  const decode = reportingRejections(decodeMessage(options.decode), from, limitedRejections(say));
  const destination = { pending: openPending(intake, decode, counts), counts };
  const name = consumer || consumerName(source, subject);
  const ending = new AbortController();
  const running = keepConnected(counts, ending.signal, async ({ up, signal: end }) => {
    const nats = await connectNats(access, readTls(tls), secure);
    const lost = new AbortController();
    void nats.closed().then(() => lost.abort());
    const session = { up, signal: AbortSignal.any([end, lost.signal]) };
    try {
      const stream = await streamOf(nats, subject, timeout);
      if (stream === undefined) await readSubject(nats, { subject, group: name }, destination, session);
      else await readStream(nats, { stream, subject, name, start, timeout }, destination, session);
    } finally {
      await nats.close();
    }
  });
  return {
    counts,
    async close() {
      ending.abort();
      await running;
    },
  };
}
