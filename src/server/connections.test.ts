import { EventEmitter } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { openConnections } from "./connections.ts";
import { type Listener, listenFor } from "./listener.ts";

const limits = { headerBytes: 8192, headers: 64, headersTime: 60_000, requestTime: 60_000, idleTime: 60_000 };

let listener: Listener | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener?.close(0);
  listener = undefined;
});

async function open(connections: number, answer: RequestListener): Promise<number> {
  listener = await listenFor(
    {
      ...{ address: "127.0.0.1", port: 0, tls: undefined, limits: { ...limits, connections } },
      ...{ name: "The listener", keys: { address: "address", port: "port" } },
    },
    answer,
    () => {},
  );
  return Number(new URL(listener.url).port);
}

function connection(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket))
      .on("error", () => {})
      .resume();
    sockets.push(socket);
  });
}

async function ask(socket: Socket, path = "/"): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  return new Promise((resolve) => {
    socket.once("data", (bytes) => resolve(String(bytes).slice(9, 12)));
    socket.once("close", () => resolve("closed"));
  });
}

test("400 idle connections block no other client, and those of signed-in clients are kept", async () => {
  const port = await open(64, (request, response) => {
    if (request.url === "/signed-in") listener?.trust(request);
    response.end("ok");
  });
  const known = await connection(port);
  expect(await ask(known, "/signed-in")).toBe("200");
  const idle: Socket[] = [];
  for (let i = 0; i < 400; i++) idle.push(await connection(port));
  expect(await ask(await connection(port))).toBe("200");
  expect(await ask(known)).toBe("200");
  expect(listener?.evicted).toBe(402 - 64);
  await expect.poll(() => idle.filter(({ closed }) => closed).length).toBe(402 - 64);
  expect(idle.at(-1)?.closed).toBe(false); // the oldest are closed first
});

test("a request in progress is closed after idle connections only", async () => {
  let begun = 0;
  const port = await open(4, (request, response) => {
    if (request.url === "/") response.end("ok");
    else begun++;
  });
  const slow = await connection(port);
  const answer = ask(slow, "/slow");
  await expect.poll(() => begun).toBe(1);
  for (let i = 0; i < 20; i++) expect(await ask(await connection(port))).toBe("200");
  expect(slow.closed).toBe(false);
  for (let i = 2; i <= 5; i++) {
    void ask(await connection(port), "/slow");
    await expect.poll(() => begun).toBe(i);
  }
  expect(await answer).toBe("closed");
});

test("a connection with too many requests at a time is closed", async () => {
  let requests = 0;
  const port = await open(4, () => {
    requests++;
  });
  const socket = await connection(port);
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1000));
  await new Promise((resolve) => socket.once("close", resolve));
  expect(requests).toBe(16);
});

/** A socket of a client with an address. */
function from(remoteAddress: string, remotePort: number): Socket {
  const socket = Object.assign(new EventEmitter(), {
    ...{ remoteAddress, remotePort, destroyed: false },
    destroy() {
      socket.destroyed = true;
      socket.emit("close");
    },
  });
  return socket as unknown as Socket;
}

test("an address has at most half of the connections, and its new connections replace its own", () => {
  const connections = openConnections(8);
  const others = [1, 2].map((port) => from("10.0.0.1", port));
  const many = Array.from({ length: 20 }, (_, i) => from("2001:db8::1:0", i));
  for (const socket of [...others, ...many]) connections.add(socket);
  expect(others.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  expect(many.filter(({ destroyed }) => !destroyed)).toEqual(many.slice(-4));
  expect(connections.evicted).toBe(16);
});

test("a new connection is closed only if all others have authenticated and have requests", () => {
  const connections = openConnections(2);
  const local = [1, 2].map((port) => from("127.0.0.1", port));
  for (const socket of local) {
    connections.add(socket);
    connections.trust(socket);
    expect(connections.begin(socket)).toBe(1);
  }
  const late = from("127.0.0.1", 9);
  connections.add(late);
  expect([late.destroyed, connections.begin(late)]).toEqual([true, 0]);
  connections.end(local[1]!);
  const later = from("127.0.0.1", 10);
  connections.add(later);
  expect([later.destroyed, local.map(({ destroyed }) => destroyed)]).toEqual([false, [false, true]]);
});
