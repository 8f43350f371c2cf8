import { chmodSync, lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Decode } from "../decode.ts";
import { countRefused, type Feed, type FeedCounts, newCounts } from "../feed.ts";
import { type HandOver, openHandOver } from "../hand-over.ts";
import type { Intake } from "../inbox.ts";
import { openLines } from "../lines.ts";

export interface UnixSettings {
  readonly path: string;
  /** Datagrams, a text each, instead of streams of lines. */
  readonly datagrams: boolean;
  /** As the configuration has it. */
  readonly from: string;
  /** Bytes that a line may have; longer ones are refused. */
  readonly maxLine: number;
  readonly decode: Decode;
}

/** Connections at once. */
const MOST_CONNECTIONS = 64;
/** Who may write: the owner and the group. */
const MODE = 0o660;

const now = () => ({ time: BigInt(Date.now()) * 1_000_000n });

/**
 * Takes lines that are written to a socket of the file system, as Suricata does with `filetype: unix_stream` and
 * `unix_dgram`. While there is no room for events, nothing is read: who writes waits, or loses what it doesn't wait for.
 * @throws Error with the system's code where the socket can't be made
 */
export async function openUnixLines(settings: UnixSettings, intake: Intake): Promise<Feed> {
  const { path, datagrams, from } = settings;
  const counts = newCounts(from);
  const ending = new AbortController();
  await removeStale(path, datagrams);
  const handOver = () => openHandOver(intake, settings.decode, counts);
  if (!datagrams) return openStream(settings, counts, handOver, ending);

  const { openDatagrams } = await import("./datagrams.ts");
  const socket = openDatagrams(path, settings.maxLine + 1);
  chmodSync(path, MODE);
  const done = takeDatagrams(handOver());
  return {
    counts,
    async close() {
      ending.abort();
      await socket.close();
      rmSync(path, { force: true });
      await done;
    },
  };

  async function takeDatagrams(into: HandOver): Promise<void> {
    const lines = openLines(
      settings.maxLine,
      (text) => into.read(text, now()),
      () => countRefused(counts, "too_large"),
    );
    for (;;) {
      const message = await socket.next();
      if (message === undefined) return;
      counts.bytes += message.length;
      lines.push(message);
      lines.end();
      if (into.ready > 0) await into.offer(ending.signal);
    }
  }
}

async function openStream(
  { path, maxLine }: UnixSettings,
  counts: FeedCounts,
  handOver: () => HandOver,
  ending: AbortController,
): Promise<Feed> {
  const connections = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const done = takeLines(socket).finally(() => connections.delete(done));
    connections.add(done);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listening(server, path);
  chmodSync(path, MODE);
  return {
    counts,
    async close() {
      ending.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve())); // takes the path away too
      await Promise.all(connections);
      await closed;
    },
  };

  async function takeLines(socket: Socket): Promise<void> {
    const into = handOver();
    const lines = openLines(
      maxLine,
      (text) => into.read(text, now()),
      () => countRefused(counts, "too_large"),
    );
    const stop = (): void => void socket.destroy();
    ending.signal.addEventListener("abort", stop);
    try {
      for await (const chunk of socket) {
        if (!(chunk instanceof Uint8Array)) continue;
        counts.bytes += chunk.length;
        lines.push(chunk);
        if (into.ready > 0) await into.offer(ending.signal);
      }
      lines.end();
      if (into.ready > 0) await into.offer(ending.signal);
    } catch {
      // who wrote is gone, or we are
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

/** Removes a socket that nobody listens at any more: one that was killed leaves it behind. */
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
