import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

export interface StreamKeys {
  readonly stream: string;
  readonly subjecttemplate: string;
  /** Number of days that the stream keeps alerts; 0: forever. */
  readonly retention: number;
  /** Request timeout, in milliseconds. */
  readonly timeout: number;
}

const DAY = 86_400_000_000_000;
const MINUTE = 60_000_000_000;
/** Deduplication window of the stream, in minutes. */
const KNOWN = 10;

/** Creates the stream for alert subjects. The server rejects subjects that belong to another stream. */
export async function makeStream(nats: NatsConnection, keys: StreamKeys): Promise<void> {
  const { stream, subjecttemplate, retention, timeout } = keys;
  const manager = await jetstreamManager(nats, { checkAPI: false, timeout });
  const tokens = subjecttemplate.split(".").map((token) => (token.includes("<") ? "*" : token));
  await manager.streams.add({
    name: stream,
    subjects: [tokens.join(".")],
    max_age: retention * DAY,
    duplicate_window: KNOWN * MINUTE,
  });
}
