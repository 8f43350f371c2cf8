import { createSocket } from "node:dgram";
import dns from "node:dns";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import koffi from "koffi";
import { afterEach, expect, test, vi } from "vitest";
import { systemTls } from "../../transport/tls.ts";
import { delivered } from "../output.ts";
import { makeCertificates } from "./certificates.fixture.ts";
import { openTcp, openUdp, type Sender } from "./sender.ts";
import { unconfirmedMessages } from "./unconfirmed.ts";

const cleaning: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleaning.splice(0)) clean();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A server that reads data, or leaves it unread. */
async function listen(port: number, reads: boolean) {
  const sockets: Socket[] = [];
  let text = "";
  const server: Server = createServer({ pauseOnConnect: !reads }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    if (reads) socket.on("data", (bytes) => (text += String(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  const stop = (): Promise<unknown> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    return closed;
  };
  cleaning.push(() => void stop());
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    stop,
    text: () => text,
    connections: () => sockets.length,
  };
}

function open(port: number): Sender {
  const wire = openTcp("127.0.0.1", port, undefined);
  cleaning.push(wire.close);
  return wire;
}

test("messages that the server did not read are sent again after a reconnect, in order, even without new messages", async () => {
  const first = await listen(0, false);
  const wire = open(first.port);
  for (const each of ["one ", "two ", "three "]) expect(await wire.send(Buffer.from(each))).toEqual(delivered);
  await first.stop();
  const second = await listen(first.port, true);
  await expect.poll(second.text, { timeout: 60_000 }).toBe("one two three ");
  expect(await wire.send(Buffer.from("four"))).toEqual(delivered);
  await expect.poll(second.text).toBe("one two three four");
});

test("messages that a server has read are not sent again after a regular close", async () => {
  const first = await listen(0, true);
  const wire = open(first.port);
  await wire.send(Buffer.from("one "));
  await sleep(1200);
  await first.stop();
  const second = await listen(first.port, true);
  await expect.poll(async () => (await wire.send(Buffer.from("two"))).outcome).toBe("delivered");
  await expect.poll(second.text, { timeout: 60_000 }).toBe("two");
});

/** Values of TCP_USER_TIMEOUT of all TCP sockets of this process, without 0, which is the default. */
function userTimeouts(): number[] {
  const getsockopt = koffi.load(null).func("int getsockopt(int fd, int level, int name, void *value, void *size)");
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    const [value, size] = [Buffer.alloc(4), Buffer.from([4, 0, 0, 0])];
    const failed = getsockopt(Number(fd), 6, 18, value, size) !== 0;
    return failed || value.readUInt32LE() === 0 ? [] : value.readUInt32LE();
  });
}

test("if the server disappears, a TCP connection breaks before its messages count as read", async () => {
  const server = await listen(0, true);
  const wire = open(server.port);
  expect(await wire.send(Buffer.from("x"))).toEqual(delivered);
  await expect.poll(userTimeouts).toEqual([30_000]);
  wire.close();
  await expect.poll(userTimeouts).toEqual([]);
});

test("if the server disappears, a TLS connection breaks before its messages count as read", async () => {
  const { at, read } = makeCertificates();
  const server = createTlsServer({ cert: read("server.crt"), key: read("server.key") }, (socket) => socket.resume());
  server.on("tlsClientError", () => {});
  cleaning.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const wire = openTcp("127.0.0.1", port, { ...systemTls, authority: at("ca.crt") });
  cleaning.push(wire.close);
  expect(await wire.send(Buffer.from("x"))).toEqual(delivered);
  await expect.poll(userTimeouts).toEqual([30_000]);
});

/** Opens a sender with an unread message. `begin` starts a reconnection to the port, which no longer has a listener. */
async function reconnecting() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const first = await listen(0, false);
  const wire = open(first.port);
  await wire.send(Buffer.from("one "));
  await first.stop();
  await expect.poll(() => vi.getTimerCount()).toBe(1);
  const begin = async (): Promise<void> => {
    vi.advanceTimersByTime(2000);
    for (let i = 0; i < 10; i++) await Promise.resolve(); // the connection is being opened, but not yet open
  };
  return { wire, port: first.port, begin };
}

test("a sender that is closed while it connects requests a retry and leaves no connection open", async () => {
  const server = await listen(0, true);
  const wire = open(server.port);
  const sent = [wire.send(Buffer.from("one ")), wire.send(Buffer.from("two "))];
  for (let i = 0; i < 10; i++) await Promise.resolve();
  wire.close();
  const retry = { outcome: "retry", reason: `127.0.0.1:${server.port}: the connection was closed`, unreachable: true };
  expect(await Promise.all(sent)).toEqual([retry, retry]);
  expect(await wire.send(Buffer.from("three"))).toEqual(delivered);
  await expect.poll(server.text).toBe("three");
});

test("a sender that is closed while it reconnects sends unconfirmed messages again only when it is used", async () => {
  const { wire, port, begin } = await reconnecting();
  const second = await listen(port, true);
  await begin();
  wire.close();
  await open(port).send(Buffer.from("two "));
  await expect.poll(second.text).toBe("two ");
  expect(second.connections()).toBe(1);
  expect(await wire.send(Buffer.from("three"))).toEqual(delivered);
  await expect.poll(second.text).toBe("two one three");
});

test("a sender that is closed during a failing reconnect does not reconnect again", async () => {
  const { wire, port, begin } = await reconnecting();
  await begin();
  wire.close();
  expect(await open(port).send(Buffer.from("x"))).toMatchObject({ outcome: "retry" });
  const second = await listen(port, true);
  vi.advanceTimersByTime(2000);
  await open(port).send(Buffer.from("two"));
  await expect.poll(second.text).toBe("two");
  expect(second.connections()).toBe(1);
});

test("unconfirmed messages are limited by size and age", () => {
  let now = 0;
  const some = unconfirmedMessages(() => now);
  const piece = Buffer.alloc(1 << 20);
  for (let i = 0; i < 10; i++) some.add(piece);
  expect(some.messages()).toHaveLength(4);
  now = 59_000;
  some.add(Buffer.from("x"));
  expect(some.messages().at(-1)).toEqual(Buffer.from("x"));
  now = 100_000;
  some.add(Buffer.from("y"));
  expect(some.messages().map(String)).toEqual(["x", "y"]);
  some.confirm(42_000);
  expect(some.messages().map(String)).toEqual(["x", "y"]);
  some.confirm(0);
  expect(some.messages()).toEqual([]);
});

test("closing a sender requests a retry for a datagram in progress, and the sender can be used again", async () => {
  const receiver = createSocket("udp4").bind(0, "127.0.0.1");
  cleaning.push(() => receiver.close());
  await once(receiver, "listening");
  const wire = openUdp("localhost", receiver.address().port);
  cleaning.push(wire.close);
  const sent = wire.send(Buffer.from("one"));
  wire.close();
  expect(await sent).toEqual({ outcome: "retry", reason: "localhost: the socket was closed", unreachable: true });
  const arrived = once(receiver, "message");
  expect(await wire.send(Buffer.from("two"))).toEqual(delivered);
  expect(String((await arrived)[0])).toBe("two");
});

test("a datagram requests a retry if the lookup of the host name does not end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(dns, "lookup").mockImplementation(() => {});
  const wire = openUdp("localhost", 514);
  cleaning.push(wire.close);
  const sent = wire.send(Buffer.from("one"));
  vi.advanceTimersByTime(10_000);
  expect(await sent).toEqual({
    outcome: "retry",
    reason: "localhost: the message was not sent within 10 s",
    unreachable: true,
  });
});
