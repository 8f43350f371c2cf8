import { createSocket } from "node:dgram";
import { chmodSync, rmSync } from "node:fs";
import { isIPv6 } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { Decode } from "../decode.ts";
import { countRefused, type Feed, type FeedCounts, newCounts } from "../feed.ts";
import { openHandOver } from "../hand-over.ts";
import type { Intake } from "../inbox.ts";
import { removeStale } from "../unix/lines.ts";
import { type ListeningFeed, whyNot } from "./listen.ts";
import { udpDrops } from "./udp-drops.ts";

export interface PacketSettings {
  /** As the configuration has it. */
  readonly from: string;
  readonly decode: Decode;
  /** Bytes that a text may have. */
  readonly most: number;
}

/** Events that wait here for room; senders of packets can't be made to wait. */
const MOST_READY = 10_000;
/** Who may write to a socket of the file system: its owner and its group. */
const MODE = 0o660;
/** Milliseconds between two looks at what the system dropped. */
const LOOK = 1000;
/** Bytes of packets that the system keeps until they are fetched. */
const KERNEL_BYTES = 4 << 20;

/** What becomes of packets: a text each. */
interface Packets {
  readonly counts: FeedCounts;
  take(packet: Uint8Array): void;
  close(): void;
}

function openPackets({ from, decode, most }: PacketSettings, intake: Intake): Packets {
  const counts = newCounts(from);
  const handOver = openHandOver(intake, decode, counts);
  const ending = new AbortController();
  let offering = false;

  async function offer(): Promise<void> {
    offering = true;
    try {
      while (handOver.ready > 0 && !ending.signal.aborted) {
        await turn(); // those that came together go together
        await handOver.offer(ending.signal);
      }
    } finally {
      offering = false;
    }
  }

  return {
    counts,
    take(packet) {
      counts.bytes += packet.length;
      if (packet.length > most) countRefused(counts, "too_large");
      else if (handOver.ready >= MOST_READY) countRefused(counts, "full");
      else handOver.read(packet, { time: BigInt(Date.now()) * 1_000_000n });
      if (!offering && handOver.ready > 0) void offer();
    },
    close: () => ending.abort(),
  };
}

/**
 * Takes a text from each UDP packet. Where they come faster than they are judged, and more than may wait, they are
 * refused, and counted as `full`; those that the system dropped before count as `dropped`.
 * @throws Error with one sentence, where the address can't be listened on
 */
export async function openUdp(
  settings: PacketSettings,
  { host, port }: { readonly host: string; readonly port: number },
  intake: Intake,
): Promise<ListeningFeed> {
  const packets = openPackets(settings, intake);
  const { counts } = packets;
  const socket = createSocket({ type: isIPv6(host) ? "udp6" : "udp4", recvBufferSize: KERNEL_BYTES });
  socket.on("message", packets.take);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", (error) => reject(new Error(whyNot(error, settings.from))));
    socket.bind(port, host, () => {
      socket.removeAllListeners("error");
      resolve();
    });
  });
  socket.on("error", (error) => {
    counts.trouble = `it can't be listened on: ${error.message}`;
  });
  const { port: own } = socket.address();
  const looking = setInterval(() => {
    const drops = udpDrops(own);
    if (drops > 0) counts.refused.set("dropped", drops);
  }, LOOK).unref();
  return {
    counts,
    port: own,
    close() {
      clearInterval(looking);
      packets.close();
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

/**
 * The same from a datagram socket of the file system. While there is no room for events nothing is read from it, and
 * its senders wait.
 * @throws Error with one sentence, where it can't be made
 */
export async function openUnixPackets(settings: PacketSettings, path: string, intake: Intake): Promise<Feed> {
  const { from, decode, most } = settings;
  const { openDatagrams } = await import("../unix/datagrams.ts");
  await removeStale(path, true);
  const socket = opened(() => openDatagrams(path, most + 1), from);
  chmodSync(path, MODE);
  const counts = newCounts(from);
  const handOver = openHandOver(intake, decode, counts);
  const ending = new AbortController();

  async function run(): Promise<void> {
    for (let packet = await socket.next(); packet !== undefined; packet = await socket.next()) {
      counts.bytes += packet.length;
      if (packet.length > most) countRefused(counts, "too_large");
      else handOver.read(packet, { time: BigInt(Date.now()) * 1_000_000n });
      if (handOver.ready > 0) await handOver.offer(ending.signal);
    }
  }

  const running = run();
  return {
    counts,
    async close() {
      ending.abort();
      await socket.close();
      rmSync(path, { force: true });
      await running;
    },
  };
}

function opened<T>(open: () => T, from: string): T {
  try {
    return open();
  } catch (error) {
    throw error instanceof Error ? new Error(whyNot(error, from)) : error;
  }
}
