import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { openClient } from "../client.ts";
import { execute } from "./execute.ts";

const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

const pod = { namespace: "shop", name: "web-1" };

/** Runs an exec against a server with the given response to the upgrade. */
async function execAt(
  answer: (socket: Duplex, accept: string, request: IncomingMessage) => void,
  limit = 1000,
  endsAtLimit = false,
) {
  const server = createServer();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => undefined);
    const key = String(request.headers["sec-websocket-key"]);
    answer(socket, createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64"), request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ending.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const identity = async () => ({ authorization: undefined, tls: {} });
  const cluster = openClient({ server: new URL(url), identity, forget: () => undefined });
  const signal = AbortSignal.timeout(5000);
  return execute({ cluster, pod, container: "app", command: ["true"], limit, endsAtLimit, signal });
}

const HEAD = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n";

/** Accepts the upgrade and sends the given frames byte by byte. */
function says(...frames: readonly Buffer[]) {
  return (socket: Duplex, accept: string): void => {
    socket.write(`${HEAD}sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n\r\n`);
    for (const byte of Buffer.concat(frames)) socket.write(Buffer.of(byte));
    socket.end();
  };
}

const message = (channel: number, text: string): Buffer => {
  const body = Buffer.concat([Buffer.of(channel), Buffer.from(text)]);
  return Buffer.concat([Buffer.of(0x82, body.length), body]);
};
const SUCCESS = message(3, '{"status":"Success"}');

describe("an exec", () => {
  it("returns the output joined from pieces, up to the limit", async () => {
    const executed = await execAt(says(message(1, "abc"), message(2, "oh"), message(1, "def"), SUCCESS), 4);
    expect(executed).toMatchObject({ code: 0, isCut: true });
    expect([executed.output.toString(), executed.errors.toString()]).toEqual(["abcd", "oh"]);
  });

  it("ends at the limit if endsAtLimit is set, even while the program runs", async () => {
    let closed = (): void => undefined;
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const executed = await execAt(
      (socket, accept) => {
        const head = `${HEAD}sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n\r\n`;
        socket.write(Buffer.concat([Buffer.from(head), message(1, "abc"), message(1, "def")]));
        socket.on("data", () => undefined);
        socket.on("end", closed);
      },
      4,
      true,
    );
    expect(executed).toMatchObject({ code: undefined, isCut: true, output: Buffer.from("abcd") });
    await isClosed;
  });

  it("keeps output of many short pieces", async () => {
    const pieces = Array.from({ length: 20_000 }, (_, i) => String(i % 10));
    const frames = Buffer.concat([...pieces.map((piece) => message(1, piece)), SUCCESS]);
    const executed = await execAt((socket, accept) => {
      const head = `${HEAD}sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n\r\n`;
      socket.end(Buffer.concat([Buffer.from(head), frames]));
    }, 1_000_000);
    expect(executed).toMatchObject({ code: 0, isCut: false });
    expect(executed.output.toString()).toBe(pieces.join(""));
  });

  it("reads data that arrives with the response", async () => {
    const executed = await execAt((socket, accept) => {
      const head = `${HEAD}sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v4.channel.k8s.io\r\n\r\n`;
      socket.end(Buffer.concat([Buffer.from(head), message(1, "at once"), SUCCESS]));
    });
    expect(executed.output.toString()).toBe("at once");
  });

  it.each([
    ["no status of the command", says(message(1, "abc")), "the API server did not report how the command ended"],
    [
      "an invalid status of the command",
      says(message(3, "{")),
      "the API server reported an invalid status of the command",
    ],
    ["a frame with reserved bits", says(Buffer.of(0xc2, 0)), "the API server sent an invalid frame"],
    ["a masked frame", says(Buffer.of(0x82, 0x80, 0, 0, 0, 0)), "the API server sent an invalid frame"],
    [
      "a frame of unlimited length",
      says(Buffer.of(0x82, 127, 0xff, 0, 0, 0, 0, 0, 0, 0)),
      "the API server's message is too long",
    ],
    [
      "a wrong accept key",
      (socket: Duplex) =>
        socket.write(`${HEAD}sec-websocket-accept: x\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n\r\n`),
      "the API server's WebSocket handshake is invalid or selects an unsupported subprotocol",
    ],
    [
      "a protocol that was not offered",
      (socket: Duplex, accept: string) =>
        socket.write(`${HEAD}sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v1\r\n\r\n`),
      "the API server's WebSocket handshake is invalid or selects an unsupported subprotocol",
    ],
    [
      "an error with a reason",
      (socket: Duplex) =>
        socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n{"message":"pods \\"web-1\\" not found"}'),
      'the API server cannot find the object (404): pods "web-1" not found',
    ],
    ["no response", (socket: Duplex) => socket.destroy(), "cannot connect to the API server: ECONNRESET"],
  ])("that receives %s fails with an error message", async (_, answer, words) => {
    await expect(execAt(answer)).rejects.toMatchObject({ message: words });
  });

  it("answers pings, and ends at the timeout", async () => {
    const heard: Buffer[] = [];
    const slow = execAt((socket, accept) => {
      says(Buffer.of(0x89, 2, 0x68, 0x69))(socket, accept);
      socket.on("data", (data) => heard.push(Buffer.from(data)));
    });
    await expect(slow).rejects.toThrow();
    const [first, second, ...rest] = Buffer.concat(heard);
    expect([first, second]).toEqual([0x8a, 0x82]); // a pong of two bytes, masked
    const [a = 0, b = 0, , , x = 0, y = 0] = rest;
    expect([a ^ x, b ^ y]).toEqual([0x68, 0x69]);
  });
});
