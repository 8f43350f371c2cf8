import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, isIP, isIPv6, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { codeOf, type Delivery, delivered, reasonOf } from "./output.ts";
import { readTls, type TlsSettings } from "./tls.ts";

/** A way to another machine for messages that are not answered. */
export interface Wire {
  send(message: Buffer): Promise<Delivery>;
  close(): void;
}

/** Milliseconds until a connection has to be there, and until a message has to have left. */
const PATIENCE = 10_000;

/** A datagram per message. */
export function openUdp(host: string, port: number): Wire {
  let socket: UdpSocket | undefined;
  return {
    send(message) {
      socket ??= createSocket(isIPv6(host) ? "udp6" : "udp4").unref();
      socket.removeAllListeners("error").on("error", () => {});
      return new Promise((resolve) => {
        socket?.send(message, port, host, (error) => {
          if (!error) return resolve(delivered);
          const outcome = codeOf(error) === "EMSGSIZE" ? "refused" : "retry";
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

/** A connection that comes up when it is first used, and again after it broke. */
export function openTcp(host: string, port: number, tls: TlsSettings | undefined): Wire {
  let socket: Socket | undefined;

  function dial(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const dialled =
        tls === undefined
          ? connect({ host, port })
          : connectTls({ host, port, ...readTls(tls), ...(isIP(host) === 0 && { servername: host }) });
      const late = setTimeout(() => dialled.destroy(new Error(`no connection within ${PATIENCE / 1000} s`)), PATIENCE);
      dialled.once("close", () => {
        clearTimeout(late);
        if (socket === dialled) socket = undefined;
        reject(new Error("the connection was closed"));
      });
      dialled.on("error", reject);
      dialled.on("end", () => dialled.destroy()); // nobody listens any more
      dialled.resume();
      dialled.once(tls === undefined ? "connect" : "secureConnect", () => {
        clearTimeout(late);
        resolve(dialled);
      });
    });
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

  return {
    async send(message) {
      try {
        socket ??= await dial();
        await write(socket, message);
        return delivered;
      } catch (error) {
        socket?.destroy();
        socket = undefined;
        return { outcome: "retry", reason: `${host}:${port}: ${reasonOf(error)}` };
      }
    },
    close() {
      socket?.end();
      socket = undefined;
    },
  };
}
