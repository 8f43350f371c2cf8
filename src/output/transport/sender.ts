import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, isIP, isIPv6, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { readTls, type TlsFiles } from "../../transport/tls.ts";
import { codeOf, type Delivery, delivered, reasonOf } from "../output.ts";
import type { DatagramSocket } from "./datagram.ts";
import { unconfirmedMessages } from "./unconfirmed.ts";

/** Sends messages over a protocol without acknowledgements. */
export interface Sender {
  send(message: Buffer): Promise<Delivery>;
  /** Number of recent messages that the receiver may not have read. Only this process can send them again. */
  unconfirmed?(): number;
  close(): void;
}

/** Timeout for connecting, and for writing a message, in milliseconds. */
const TIMEOUT = 10_000;

/** Sends each message as a datagram. */
export function openUdp(host: string, port: number): Sender {
  let socket: UdpSocket | undefined;
  /** Sends in progress. Node never calls back for a send whose socket is closed during its lookup or bind. */
  const pending = new Set<(delivery: Delivery) => void>();

  /** Closes the socket, so that no pending message is sent after its retry was requested. */
  function end(reason: string): void {
    socket?.close();
    socket = undefined;
    for (const settle of pending) settle({ outcome: "retry", reason: `${host}: ${reason}`, unreachable: true });
  }

  return {
    send(message) {
      socket ??= createSocket(isIPv6(host) ? "udp6" : "udp4").unref();
      socket.removeAllListeners("error").on("error", () => {});
      return new Promise((resolve) => {
        const late = setTimeout(() => end(`the message was not sent within ${TIMEOUT / 1000} s`), TIMEOUT);
        const settle = (delivery: Delivery): void => {
          clearTimeout(late);
          pending.delete(settle);
          resolve(delivery);
        };
        pending.add(settle);
        socket?.send(message, port, host, (error) => {
          if (!error) return settle(delivered);
          const reason = `${host}: ${reasonOf(error)}`;
          settle(
            codeOf(error) === "EMSGSIZE"
              ? { outcome: "rejected", reason }
              : { outcome: "retry", reason, unreachable: true },
          );
        });
      });
    },
    close: () => end("the socket was closed"),
  };
}

/**
 * Time after which a connection breaks if the peer does not acknowledge data, in milliseconds. Shorter than the time for
 * which messages are kept to be sent again.
 */
const UNACKNOWLEDGED = 30_000;

export function openTcp(host: string, port: number, tls: TlsFiles | undefined): Sender {
  const servername = isIP(host) === 0 && { servername: host };
  const open = (): Socket =>
    tls === undefined ? connect({ host, port }) : connectTls({ host, port, ...readTls(tls), ...servername });
  return openStream(`${host}:${port}`, tls === undefined ? "connect" : "secureConnect", () => {
    const socket = open();
    socket.once("connect", () => {
      const library = import("./user-timeout.ts"); // load FFI only when it is needed
      library.then(({ limitUnacknowledged }) => limitUnacknowledged(socket, UNACKNOWLEDGED)).catch(() => {});
    });
    return socket;
  });
}

/** Time after which a written message counts as read when the peer closes the connection cleanly, in milliseconds. */
const QUIET = 1000;
/** Time until a reconnect if there are unconfirmed messages, in milliseconds. */
const RECONNECT = 2000;
const CLOSED = "the connection was closed";

/**
 * Sends over a stream that is opened at first use, and reopened if it breaks. After reopening, unconfirmed messages are
 * sent again.
 */
function openStream(where: string, up: "connect" | "secureConnect", open: () => Socket): Sender {
  let socket: Socket | undefined;
  /** The connection that is being opened. */
  let dialling: Socket | undefined;
  /** Number of calls of `close`. Work that began before a call neither opens nor uses a connection after the call. */
  let closes = 0;
  let broken = false;
  let reconnecting: NodeJS.Timeout | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  const written = unconfirmedMessages();

  function dial(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const dialled = open();
      dialling = dialled;
      let isRegular = false;
      const late = setTimeout(() => dialled.destroy(new Error(`no connection within ${TIMEOUT / 1000} s`)), TIMEOUT);
      dialled.once("close", () => {
        clearTimeout(late);
        if (socket === dialled) closed(isRegular);
        reject(new Error(CLOSED));
      });
      dialled.on("error", reject);
      dialled.on("end", () => {
        isRegular = true;
        dialled.destroy(); // the receiver has disconnected
      });
      dialled.resume();
      dialled.once(up, () => {
        clearTimeout(late);
        resolve(dialled);
      });
    });
  }

  /** Handles the end of the connection. */
  function closed(isRegular: boolean): void {
    socket = undefined;
    if (isRegular && !broken) written.confirm(QUIET);
    broken = written.messages().length > 0;
    if (broken) reconnectLater();
  }

  function reconnectLater(): void {
    const begun = closes;
    reconnecting ??= setTimeout(() => {
      reconnecting = undefined;
      void inTurn(() => connected(begun)).catch(() => {
        if (begun === closes) reconnectLater();
      });
    }, RECONNECT).unref();
  }

  /**
   * Returns the connection after unconfirmed messages have been sent again.
   * @param begun number of calls of `close` when the work that needs the connection began
   */
  async function connected(begun: number): Promise<Socket> {
    if (begun !== closes) throw new Error(CLOSED);
    const there = socket ?? (await dial());
    dialling = undefined;
    if (begun !== closes) throw new Error(CLOSED); // `close` has destroyed the connection
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
      const late = setTimeout(() => to.destroy(new Error(`write timed out after ${TIMEOUT / 1000} s`)), TIMEOUT);
      to.write(message, (error) => {
        clearTimeout(late);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Runs tasks sequentially. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = tail.then(work);
    tail = done.catch(() => {});
    return done;
  }

  return {
    send(message) {
      const begun = closes;
      return inTurn(async () => {
        try {
          await write(await connected(begun), message);
          written.add(message);
          return delivered;
        } catch (error) {
          socket?.destroy();
          if (socket !== undefined) closed(false);
          return { outcome: "retry", reason: `${where}: ${reasonOf(error)}`, unreachable: true };
        }
      });
    },
    unconfirmed: () => (broken ? written.messages().length : written.count()),
    close() {
      closes++;
      clearTimeout(reconnecting);
      reconnecting = undefined;
      if (!broken) written.confirm(0);
      dialling?.destroy();
      socket?.end();
      socket = undefined;
    },
  };
}

/** Error code for a stream socket where a datagram socket was expected. */
const OTHER_KIND = "EPROTOTYPE";

/** A Unix socket: one datagram per message, or length-prefixed messages on a stream socket, as over TCP. */
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
      const { connectDatagram } = await import("./datagram.ts"); // load FFI only when it is needed
      for (let attempt = 0; ; attempt++) {
        try {
          datagrams ??= connectDatagram(path);
        } catch (error) {
          if (codeOf(error) !== OTHER_KIND) return { outcome: "retry", reason: reasonOf(error), unreachable: true };
          stream = openStream(path, "connect", () => connect({ path }));
          return stream.send(framed(message));
        }
        const error = datagrams.send(message);
        if (error === undefined) return delivered;
        if (error === "EMSGSIZE")
          return { outcome: "rejected", reason: `a message of ${message.length} bytes is too large for ${path}` };
        if (error === "EAGAIN" || error === "ENOBUFS") return { outcome: "retry", reason: `${path} is full` };
        close(); // the receiver was restarted and has a new socket
        if (attempt > 0) return { outcome: "retry", reason: `no process listens on ${path}`, unreachable: true };
      }
    },
    unconfirmed: () => stream?.unconfirmed?.() ?? 0,
    close,
  };
}
