import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Decode } from "../decode.ts";
import { type Feed, newCounts } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import { removeStale } from "../unix/lines.ts";
import { type Frame, openFlow } from "./flow.ts";

/** Where senders connect. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

export interface ListenSettings {
  /** As the configuration has it. */
  readonly from: string;
  readonly place: Place;
  readonly tls?: TlsOptions;
  readonly decode: Decode;
  readonly frame: Frame;
  /** Bytes that a text may have. */
  readonly most: number;
}

/** A feed that others connect to. */
export interface ListeningFeed extends Feed {
  /** Where it is; the port that was free for 0, and 0 for a socket of the file system. */
  readonly port: number;
}

/** Senders at once; who comes when they are that many is let go. */
const MOST_SENDERS = 1024;
/** Milliseconds for the handshake of TLS. */
const HANDSHAKE = 10_000;
/** Milliseconds after which the system asks whether a silent sender is still there. */
const KEEP_ALIVE = 60_000;
/** Who may write to a socket of the file system: its owner and its group. */
const MODE = 0o660;

/**
 * Takes texts over connections that others open. Nobody is read faster than what he sends is judged. There are no
 * answers: what was taken and not judged when the program ends is lost.
 * @throws Error with one sentence, where the place can't be listened on
 */
export async function openListener(settings: ListenSettings, intake: Intake): Promise<ListeningFeed> {
  const { from, place, tls } = settings;
  const counts = newCounts(from);
  const ending = new AbortController();
  const sockets = new Set<Socket>();

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
    socket.on("data", (bytes) => wait(flow.push(bytes)));
    socket.on("end", () => {
      void Promise.resolve(busy).then(() => flow.end());
    });
    socket.on("error", () => {}); // it closes
    socket.on("close", () => sockets.delete(socket));
  }

  const server =
    tls === undefined ? createServer(meet) : createTlsServer({ ...tls, handshakeTimeout: HANDSHAKE }, meet);
  server.maxConnections = MOST_SENDERS;
  server.on("tlsClientError", () => {
    counts.refused.set("handshake", (counts.refused.get("handshake") ?? 0) + 1);
  });
  server.on("drop", () => {
    counts.refused.set("connection", (counts.refused.get("connection") ?? 0) + 1);
  });
  await listen(server, place, from);
  server.on("error", (error) => {
    counts.trouble = `it can't be listened on: ${error.message}`;
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

async function listen(server: Server, place: Place, from: string): Promise<void> {
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

/** Why a place can't be listened on, in a sentence. */
export function whyNot(error: Error, from: string): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `${from} can't be listened on: somebody else does.`;
  if (code === "EADDRNOTAVAIL") return `${from} can't be listened on: that is no address of this machine.`;
  if (code === "EACCES")
    return `${from} can't be listened on: that is not allowed. Ports below 1024 take CAP_NET_BIND_SERVICE.`;
  if (code === "ENOENT") return `${from} can't be listened on: there is no such folder.`;
  return `${from} can't be listened on: ${error.message}.`;
}
