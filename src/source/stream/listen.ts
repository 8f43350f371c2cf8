import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { openConnections } from "../../server/connections.ts";
import type { Decode } from "../decode.ts";
import { type Feed, newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { removeStale } from "../unix/lines.ts";
import { type Frame, openFlow } from "./flow.ts";

/** An address on which senders are accepted. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface ListenSettings {
  /** The text of `from` in the configuration. */
  readonly from: string;
  readonly place: ListenAddress;
  readonly tls?: TlsOptions;
  readonly decode: Decode;
  readonly frame: Frame;
  /** Maximum size of a message, in bytes. */
  readonly most: number;
}

/** A feed that accepts connections from senders. */
export interface ListeningFeed extends Feed {
  /** Port of the listener; 0 for a Unix socket. */
  readonly port: number;
}

/**
 * Maximum number of senders. At the limit, a TCP listener closes another connection, and a Unix socket closes the new
 * connection.
 */
const MAX_SENDERS = 1024;
/**
 * Maximum total size of the buffers for incomplete messages, in bytes. Above this limit, the connection with the
 * largest buffer is closed: senders need not authenticate, so they must not be able to exhaust the memory.
 */
const MAX_HELD = 64 << 20;
/** Timeout of the TLS handshake, in milliseconds. */
const HANDSHAKE = 10_000;
/** Idle time after which TCP keep-alive probes are sent to a sender, in milliseconds. */
const KEEP_ALIVE = 60_000;
/** Mode of a Unix socket: owner and group may write. */
const MODE = 0o660;

/**
 * Receives messages over TCP or Unix socket connections. While the inbox is full, the agent does not read from the
 * sender. There are no acknowledgments, so events that are not evaluated when the agent stops are lost.
 * @throws Error with a message for the user if it cannot listen
 */
export async function openListener(settings: ListenSettings, intake: Intake): Promise<ListeningFeed> {
  const { from, place, tls } = settings;
  const counts = newCounts(from);
  const ending = new AbortController();
  const sockets = new Set<Socket>();
  /** Senders with incomplete messages, and the sizes of their buffers in bytes. */
  const buffers = new Map<Socket, number>();
  let held = 0;
  const connections = openConnections(MAX_SENDERS);

  function meet(socket: Socket): void {
    sockets.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE);
    const flow = openFlow(intake, settings, counts, ending.signal);
    let busy: Promise<void> | undefined;
    const wait = (waiting: Promise<void> | undefined): void => {
      if (waiting === undefined) return;
      socket.pause();
      busy = waiting.then(() => {
        busy = undefined;
        socket.resume();
      });
    };
    socket.on("data", (bytes) => {
      if (socket.remoteAddress !== undefined) connections.touch(socket);
      wait(flow.push(bytes));
      account(socket, flow.held);
    });
    socket.on("end", () => {
      void Promise.resolve(busy).then(() => flow.end());
    });
    socket.on("error", () => {}); // the socket closes after an error
    socket.on("close", () => {
      sockets.delete(socket);
      account(socket, 0);
    });
  }

  /** Notes the size of a sender's buffer, and closes the connection with the largest one if all are too large. */
  function account(socket: Socket, size: number): void {
    held += size - (buffers.get(socket) ?? 0);
    if (size === 0 || socket.destroyed) {
      held -= size;
      buffers.delete(socket);
    } else buffers.set(socket, size);
    if (held <= MAX_HELD) return;
    const [largest] = [...buffers].reduce((one, other) => (other[1] > one[1] ? other : one));
    largest.destroy();
    account(largest, 0);
    refuse();
  }

  /** Registers a connection, and closes another connection if there are too many. */
  function admit(socket: Socket): void {
    const before = connections.evicted;
    connections.add(socket);
    if (connections.evicted > before) refuse();
  }

  function refuse(): void {
    counts.refused.set("connection", (counts.refused.get("connection") ?? 0) + 1);
  }

  const server =
    tls === undefined ? createServer(meet) : createTlsServer({ ...tls, handshakeTimeout: HANDSHAKE }, meet);
  if ("path" in place) server.maxConnections = MAX_SENDERS;
  else server.on("connection", admit);
  server.on("tlsClientError", () => {
    counts.refused.set("handshake", (counts.refused.get("handshake") ?? 0) + 1);
  });
  server.on("drop", refuse);
  await listen(server, place, from);
  server.on("error", (error) => {
    counts.trouble = `cannot listen: ${error.message}`;
  });
  const address = server.address();
  return {
    counts,
    port: typeof address === "object" && address !== null ? address.port : 0,
    async close() {
      ending.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listen(server: Server, place: ListenAddress, from: string): Promise<void> {
  if ("path" in place) await removeStale(place.path, false);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new Error(whyNot(error, from))));
    server.listen(place, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
  if ("path" in place) chmodSync(place.path, MODE);
}

/** Describes why the agent cannot listen on an address. */
export function whyNot(error: Error, from: string): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `Cannot listen on ${from}: the address is in use.`;
  if (code === "EADDRNOTAVAIL") return `Cannot listen on ${from}: the address is not assigned to this machine.`;
  if (code === "EACCES")
    return `Cannot listen on ${from}: permission denied. Ports below 1024 need CAP_NET_BIND_SERVICE.`;
  if (code === "ENOENT") return `Cannot listen on ${from}: the directory does not exist.`;
  return `Cannot listen on ${from}: ${error.message}.`;
}
