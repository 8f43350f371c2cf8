import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, isIP, isIPv6, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { readTls, type TlsFiles } from "../../transport/tls.ts";
import { codeOf, type Delivery, delivered, reasonOf } from "../output.ts";
import type { DatagramSocket } from "./datagram.ts";
import { unconfirmedMessages } from "./unconfirmed.ts";

/** A way to another program for messages that are not answered. */
export interface Sender {
  send(message: Buffer): Promise<Delivery>;
  /** How many of the messages that were sent last may not have been read, and would be sent again by this process alone. */
  unconfirmed?(): number;
  close(): void;
}

/** Milliseconds until a connection has to be there, and until a message has to have left. */
const PATIENCE = 10_000;

/** A datagram per message. */
export function openUdp(host: string, port: number): Sender {
  let socket: UdpSocket | undefined;
  return {
    send(message) {
      socket ??= createSocket(isIPv6(host) ? "udp6" : "udp4").unref();
      socket.removeAllListeners("error").on("error", () => {});
      return new Promise((resolve) => {
        socket?.send(message, port, host, (error) => {
          if (!error) return resolve(delivered);
          const outcome = codeOf(error) === "EMSGSIZE" ? "rejected" : "retry";
          resolve({ outcome, reason: `${host}: ${reasonOf(error)}` });
        });
      });
    },
    close() {
      socket?.close();
      socket = undefined;
    },
  };
}

export function openTcp(host: string, port: number, tls: TlsFiles | undefined): Sender {
  const servername = isIP(host) === 0 && { servername: host };
  return openStream(
    `${host}:${port}`,
    tls === undefined ? "connect" : "secureConnect",
    tls === undefined
      ? () => connect({ host, port })
      : () => connectTls({ host, port, ...readTls(tls), ...servername }),
  );
}

/** Where the other side closes a connection in order, it has read what was written so many milliseconds before. */
const QUIET = 1000;
/** Milliseconds before a connection is opened anew for what may not have been read. */
const MEND = 2000;

/**
 * A connection that comes up when it is first used, and again after it broke. Then what was written last is written again,
 * since nobody says whether it was read.
 */
function openStream(where: string, up: "connect" | "secureConnect", open: () => Socket): Sender {
  let socket: Socket | undefined;
  let broken = false;
  let mending: NodeJS.Timeout | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  const written = unconfirmedMessages();

  function dial(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const dialled = open();
      let inOrder = false;
      const late = setTimeout(() => dialled.destroy(new Error(`no connection within ${PATIENCE / 1000} s`)), PATIENCE);
      dialled.once("close", () => {
        clearTimeout(late);
        if (socket === dialled) parted(inOrder);
        reject(new Error("the connection was closed"));
      });
      dialled.on("error", reject);
      dialled.on("end", () => {
        inOrder = true;
        dialled.destroy(); // nobody listens any more
      });
      dialled.resume();
      dialled.once(up, () => {
        clearTimeout(late);
        resolve(dialled);
      });
    });
  }

  /** The connection has ended. */
  function parted(inOrder: boolean): void {
    socket = undefined;
    if (inOrder && !broken) written.confirm(QUIET);
    broken = written.messages().length > 0;
    if (broken) mendLater();
  }

  function mendLater(): void {
    mending ??= setTimeout(() => {
      mending = undefined;
      void inTurn(connected).catch(mendLater);
    }, MEND).unref();
  }

  /** The connection, with what may not have been read of the one before. */
  async function connected(): Promise<Socket> {
    const there = socket ?? (await dial());
    socket = there;
    if (broken) {
      for (const message of written.messages()) await write(there, message);
      written.resent();
      broken = false;
    }
    return there;
  }

  function write(to: Socket, message: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => to.destroy(new Error(`nothing taken within ${PATIENCE / 1000} s`)), PATIENCE);
      to.write(message, (error) => {
        clearTimeout(late);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** One after the other: messages keep their order. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = tail.then(work);
    tail = done.catch(() => {});
    return done;
  }

  return {
    send: (message) =>
      inTurn(async () => {
        try {
          await write(await connected(), message);
          written.add(message);
          return delivered;
        } catch (error) {
          socket?.destroy();
          if (socket !== undefined) parted(false);
          return { outcome: "retry", reason: `${where}: ${reasonOf(error)}` };
        }
      }),
    unconfirmed: () => (broken ? written.messages().length : written.count()),
    close() {
      clearTimeout(mending);
      mending = undefined;
      if (!broken) written.confirm(0);
      socket?.end();
      socket = undefined;
    },
  };
}

/** The socket there takes connections, not datagrams. */
const OTHER_KIND = "EPROTOTYPE";

/**
 * A socket in the file system, of whichever kind is there: to one of datagrams a message each, to one of connections each
 * message with its length before it, as over TCP.
 */
export function openUnix(path: string, framed: (message: Buffer) => Buffer): Sender {
  let datagrams: DatagramSocket | undefined;
  let stream: Sender | undefined;
  const close = (): void => {
    datagrams?.close();
    stream?.close();
    datagrams = undefined;
    stream = undefined;
  };
  return {
    async send(message) {
      if (stream !== undefined) return stream.send(framed(message));
      const { connectDatagram } = await import("./datagram.ts"); // FFI only where it is used
      for (let attempt = 0; ; attempt++) {
        try {
          datagrams ??= connectDatagram(path);
        } catch (error) {
          if (codeOf(error) !== OTHER_KIND) return { outcome: "retry", reason: reasonOf(error) };
          stream = openStream(path, "connect", () => connect({ path }));
          return stream.send(framed(message));
        }
        const error = datagrams.send(message);
        if (error === undefined) return delivered;
        if (error === "EMSGSIZE")
          return { outcome: "rejected", reason: `${message.length} bytes are too many for ${path}` };
        if (error === "EAGAIN" || error === "ENOBUFS")
          return { outcome: "retry", reason: `${path} takes no more at the moment` };
        close(); // whoever listens was restarted: the socket is another one now
        if (attempt > 0) return { outcome: "retry", reason: `nobody listens at ${path}` };
      }
    },
    unconfirmed: () => stream?.unconfirmed?.() ?? 0,
    close,
  };
}
