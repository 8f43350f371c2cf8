import { chmodSync, lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Decode } from "../decode.ts";
import { type Feed, type FeedCounts, newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { openLines } from "../lines.ts";
import { openPending, type PendingDocuments } from "../pending.ts";
import type { Reader } from "../reader.ts";

export interface UnixSettings {
  readonly path: string;
  /** Whether the socket receives datagrams with one message each, instead of streams of lines. */
  readonly datagrams: boolean;
  /** The text of `from` in the configuration. */
  readonly from: string;
  /** Maximum length of a line in bytes; longer lines are rejected. */
  readonly maxLine: number;
  readonly decode: Decode;
  /** See {@link Reader.beginning}. */
  readonly beginning?: Reader["beginning"];
}

/** Maximum number of concurrent connections. */
const MAX_CONNECTIONS = 64;
/** Mode of the socket: owner and group may write. */
const MODE = 0o660;

const now = () => ({ time: BigInt(Date.now()) * 1_000_000n });

/**
 * Receives lines from a Unix socket, such as the output of Suricata with `filetype: unix_stream` or `unix_dgram`. While
 * the inbox is full, the socket is not read, so senders block or lose data.
 * @throws Error with the system's code if the socket cannot be created
 */
export async function openUnixLines(settings: UnixSettings, intake: Intake): Promise<Feed> {
  const { path, datagrams, from } = settings;
  const counts = newCounts(from);
  const ending = new AbortController();
  await removeStale(path, datagrams);
  const pending = () => openPending(intake, settings.decode, counts, settings.beginning);
  if (!datagrams) return openStream(settings, counts, pending, ending);

  const { openDatagrams } = await import("./datagrams.ts");
  const socket = openDatagrams(path, settings.maxLine + 1);
  chmodSync(path, MODE);
  const done = takeDatagrams(pending());
  return {
    counts,
    async close() {
      ending.abort();
      await socket.close();
      rmSync(path, { force: true });
      await done;
    },
  };

  async function takeDatagrams(into: PendingDocuments): Promise<void> {
    const lines = openLines(
      settings.maxLine,
      (text) => into.decode(text, now()),
      (text) => into.tooLong(text, now()),
    );
    for (;;) {
      const message = await socket.next();
      if (message === undefined) return;
      counts.bytes += message.length;
      lines.push(message);
      lines.end();
      if (into.length > 0) await into.submit(ending.signal);
    }
  }
}

async function openStream(
  { path, maxLine }: UnixSettings,
  counts: FeedCounts,
  pending: () => PendingDocuments,
  ending: AbortController,
): Promise<Feed> {
  const connections = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const done = takeLines(socket).finally(() => connections.delete(done));
    connections.add(done);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, path);
  chmodSync(path, MODE);
  return {
    counts,
    async close() {
      ending.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve())); // closing also removes the path
      await Promise.all(connections);
      await closed;
    },
  };

  async function takeLines(socket: Socket): Promise<void> {
    const into = pending();
    const lines = openLines(
      maxLine,
      (text) => into.decode(text, now()),
      (text) => into.tooLong(text, now()),
    );
    const stop = (): void => void socket.destroy();
    ending.signal.addEventListener("abort", stop);
    try {
      for await (const chunk of socket) {
        if (!(chunk instanceof Uint8Array)) continue;
        counts.bytes += chunk.length;
        lines.push(chunk);
        if (into.length > 0) await into.submit(ending.signal);
      }
      lines.end();
      if (into.length > 0) await into.submit(ending.signal);
    } catch {
      // The peer has closed the connection, or the feed is closed.
    } finally {
      ending.signal.removeEventListener("abort", stop);
      socket.destroy();
    }
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Removes the socket of a process that was killed. */
export async function removeStale(path: string, datagrams: boolean): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isSocket()) return;
  if (datagrams) {
    const { takesDatagrams } = await import("./datagrams.ts");
    if (takesDatagrams(path) === false) rmSync(path, { force: true });
  } else if (await refusesStreams(path)) rmSync(path, { force: true });
}

function refusesStreams(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error) => resolve("code" in error && error.code === "ECONNREFUSED"));
  });
}
