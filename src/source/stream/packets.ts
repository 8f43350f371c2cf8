import { createSocket } from "node:dgram";
import { chmodSync, rmSync } from "node:fs";
import { isIPv6 } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { Decode } from "../decode.ts";
import { countRejected, type Feed, type FeedCounts, newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { openPending } from "../pending.ts";
import { removeStale } from "../unix/lines.ts";
import { type ListeningFeed, whyNot } from "./listen.ts";
import { udpDrops } from "./udp-drops.ts";

export interface PacketSettings {
  /** The text of `from` in the configuration. */
  readonly from: string;
  readonly decode: Decode;
  /** Maximum size of a message, in bytes. */
  readonly most: number;
}

/** Maximum number of pending events. It limits memory, since UDP senders cannot be throttled. */
const MAX_READY = 10_000;
/** Mode of a Unix socket: owner and group may write. */
const MODE = 0o660;
/** Interval between reads of the system's drop counter, in milliseconds. */
const LOOK = 1000;
/** Size of the receive buffer, in bytes. */
const KERNEL_BYTES = 4 << 20;

/** Decodes and submits packets with one message each. */
interface Packets {
  readonly counts: FeedCounts;
  take(packet: Uint8Array): void;
  close(): void;
}

function openPackets({ from, decode, most }: PacketSettings, intake: Intake): Packets {
  const counts = newCounts(from);
  const pending = openPending(intake, decode, counts);
  const ending = new AbortController();
  let offering = false;

  async function offer(): Promise<void> {
    offering = true;
    try {
      while (pending.length > 0 && !ending.signal.aborted) {
        await turn(); // submit packets that arrive together in one batch
        await pending.submit(ending.signal);
      }
    } finally {
      offering = false;
    }
  }

  return {
    counts,
    take(packet) {
      counts.bytes += packet.length;
      if (packet.length > most) countRejected(counts, "too_large");
      else if (pending.length >= MAX_READY) countRejected(counts, "full");
      else pending.decode(packet, { time: BigInt(Date.now()) * 1_000_000n });
      if (!offering && pending.length > 0) void offer();
    },
    close: () => ending.abort(),
  };
}

/**
 * Receives one message per UDP packet. Packets that arrive while there are too many pending events are rejected and
 * counted as `full`. Packets that the kernel dropped are counted as `dropped`.
 * @throws Error with a message for the user if it cannot listen
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
    counts.trouble = `cannot listen: ${error.message}`;
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
 * Receives one message per datagram from a Unix socket. While the inbox is full, the agent does not read from the
 * socket, and senders block.
 * @throws Error with a message for the user if the socket cannot be created
 */
export async function openUnixPackets(settings: PacketSettings, path: string, intake: Intake): Promise<Feed> {
  const { from, decode, most } = settings;
  const { openDatagrams } = await import("../unix/datagrams.ts");
  await removeStale(path, true);
  const socket = opened(() => openDatagrams(path, most + 1), from);
  chmodSync(path, MODE);
  const counts = newCounts(from);
  const pending = openPending(intake, decode, counts);
  const ending = new AbortController();

  async function run(): Promise<void> {
    for (let packet = await socket.next(); packet !== undefined; packet = await socket.next()) {
      counts.bytes += packet.length;
      if (packet.length > most) countRejected(counts, "too_large");
      else pending.decode(packet, { time: BigInt(Date.now()) * 1_000_000n });
      if (pending.length > 0) await pending.submit(ending.signal);
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
