import { hash } from "node:crypto";
import type { NatsConnection } from "@nats-io/transport-node";
import { countRejected, type FeedCounts } from "../feed.ts";
import type { PendingDocuments } from "../pending.ts";
import type { Session } from "../reconnect.ts";
import { openQueue } from "./queue.ts";

/** Maximum number of queued messages in this process. */
const MAX_QUEUED = 10_000;

/**
 * Returns the name of the consumer or queue group for a subject. Characters that are special in NATS are replaced, and
 * a hash makes the name unique.
 */
export function consumerName(source: string, subject: string): string {
  const plain = subject.replace(/[^a-zA-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return `eyas_${source}_${plain}_${hash("sha256", subject).slice(0, 8)}`;
}

/**
 * Reads messages published to a subject until the session ends. Subscribers with the same `group` share the messages.
 */
export async function readSubject(
  nats: NatsConnection,
  { subject, group }: { readonly subject: string; readonly group: string },
  { pending, counts }: { readonly pending: PendingDocuments; readonly counts: FeedCounts },
  { up, signal }: Session,
): Promise<void> {
  const queue = openQueue<Uint8Array>();
  nats.subscribe(subject, {
    queue: group,
    callback: (error, message) => {
      if (error) queue.end(error);
      else if (queue.length >= MAX_QUEUED) countRejected(counts, "full");
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
      pending.decode(data, { time: BigInt(Date.now()) * 1_000_000n });
      if (pending.length > 0) await pending.submit(signal);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
