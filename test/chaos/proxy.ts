import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** Behavior of the proxy: forward, refuse connections, delay responses by ten seconds, corrupt responses. */
export type Weather = "fair" | "gone" | "slow" | "garbage";

/** A proxy between a sender and a server, which causes failures. */
export interface Between {
  readonly port: number;
  turn(weather: Weather): Promise<void>;
  close(): Promise<void>;
}

/** Delay in slow mode, in milliseconds. */
const SLOW = 10_000;
const GARBAGE = Buffer.from("\u0000\u0016\u0003\u00ff}{ no such answer \r\n\r\n-12345\r\n$-7\r\n+\r\n", "latin1");

/**
 * @param to the port of the server
 * @param mute whether the server never responds, so that slow mode delays the requests
 */
export async function startProxy(to: number, mute = false): Promise<Between> {
  let weather: Weather = "fair";
  const open = new Set<Socket>();
  const held = new Set<Socket>();

  const server = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    // A server that never responds sends garbage only once, when a client connects. A later write to a client that has
    // closed the connection would reset it and discard data.
    if (mute && weather === "garbage") near.write(GARBAGE);
    near.on("data", (bytes) => {
      if (weather === "garbage" && !mute) {
        near.write(GARBAGE);
        return; // the request is lost as well
      }

      if (!far.write(bytes) || (weather === "slow" && mute)) {
        near.pause();
        held.add(near);
        const go = (): void => {
          held.delete(near);
          near.resume();
        };
        if (weather === "slow" && mute) setTimeout(go, SLOW);
        else far.once("drain", go);
      }
    });
    near.on("end", () => far.end());
    far.on("data", (bytes) => {
      if (weather === "slow") setTimeout(() => near.write(bytes), SLOW);
      else near.write(weather === "garbage" ? GARBAGE : bytes);
    });
    far.on("end", () => near.end());
  });

  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  const shut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    port,
    async turn(next) {
      const before = weather;
      weather = next;
      if (next === "gone") await shut();
      else if (before === "gone") await listen(port);
      else if (next === "fair" && before === "garbage") for (const socket of open) socket.destroy();
    },
    async close() {
      if (weather !== "gone") await shut();
    },
  };
}
