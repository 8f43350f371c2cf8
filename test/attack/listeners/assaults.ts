import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Random } from "../../damaged/random.ts";
import { type Endpoint, open, postOf, send } from "./client.ts";

/**
 * One way to attack a listener.
 * @returns the number of attempts
 */
export type Assault = (endpoint: Endpoint, random: Random) => Promise<number>;

const compress = promisify(gzip);

function pick<T>(random: Random, list: readonly T[]): T {
  const one = list[random.below(list.length)];
  if (one === undefined) throw new Error("The list is empty.");
  return one;
}

/** Time for which a connection of an attack stays open, in milliseconds. */
const STAY = 1500;

/**
 * Functions that build JSON strings whose parsed values need many times the memory of the text. Each function takes a
 * size in bytes.
 */
const shapes: readonly ((size: number) => string)[] = [
  (size) => `[${"{},".repeat(size / 3)}{}]`,
  (size) => `[${"[],".repeat(size / 3)}[]]`,
  (size) => "[".repeat(size / 2) + "]".repeat(size / 2),
  (size) => `${'{"a":'.repeat(size / 6)}1${"}".repeat(size / 6)}`,
  (size) => `[${"1,".repeat(size / 2)}1]`,
  (size) => `[1234567890123456789${",1".repeat(size / 2)}]`,
  (size) => `[${"1234567890123456789,".repeat(size / 20)}1]`,
  (size) => `{"output_fields":{"a":${"9".repeat(size)}}}`,
  (size) => `{${Array.from({ length: size / 12 }, (_, i) => `"${i.toString(36)}":${i}`).join()}}`,
  (size) => `[${Array.from({ length: size / 12 }, (_, i) => `{"${i.toString(36)}":1}`).join()}]`,
  (size) => "\n".repeat(size),
  (size) => "1\n".repeat(size / 2),
  (size) => "{}\n".repeat(size / 3),
  (size) => `"${"\n[".repeat(size / 2)}`,
  (size) => `{"output_fields":{"a":"${"\\u20ac".repeat(size / 6)}"}}`,
];

const types = ["application/json", "application/x-ndjson"];

/** Sends many bodies concurrently. Each body inflates to about 11 MiB. */
async function gzipBombs(endpoint: Endpoint, random: Random): Promise<number> {
  const shape = pick(random, shapes);
  const headers = `content-type: ${pick(random, types)}\r\ncontent-encoding: gzip\r\n`;
  const body = await compress(shape((11 << 20) * pick(random, [1, 1, 0.5, 0.1])), { level: 9 });
  const count = 6 + random.below(20);
  await Promise.all(Array.from({ length: count }, () => send(endpoint, postOf(endpoint, body, headers), 60_000)));
  return count;
}

/** Sends uncompressed bodies that are small enough for several of them to be accepted. */
async function jsonBombs(endpoint: Endpoint, random: Random): Promise<number> {
  const headers = `content-type: ${pick(random, types)}\r\n`;
  const body = pick(random, shapes)(1024 * (1 + random.below(2048)));
  const count = 4 + random.below(30);
  await Promise.all(Array.from({ length: count }, () => send(endpoint, postOf(endpoint, body, headers), 60_000)));
  return count;
}

async function idleConnections(endpoint: Endpoint, random: Random): Promise<number> {
  const firsts = ["", "GET ", "POST / HTTP/1.1\r\nhost: x\r\n", "\x16\x03\x01", "\r\n\r\n"];
  const first = pick(random, firsts);
  const count = 400 + random.below(400);
  const sockets = Array.from({ length: count }, () => open(endpoint));
  for (const socket of sockets) if (first !== "") socket.write(first);
  await wait(STAY);
  for (const socket of sockets) socket.destroy();
  return count;
}

async function slowBodies(endpoint: Endpoint, random: Random): Promise<number> {
  const count = 50 + random.below(300);
  const authorization = pick(random, [endpoint.authorization, ""]);
  const headers = `host: x\r\n${authorization}content-type: application/json\r\n`;
  const length = pick(random, ["content-length: 12000000\r\n\r\n", "transfer-encoding: chunked\r\n\r\n1\r\n[\r\n"]);
  const sockets = Array.from({ length: count }, () => open(endpoint));
  const start = "[".repeat(random.below(100_000));
  for (const socket of sockets) socket.write(`POST ${endpoint.path} HTTP/1.1\r\n${headers}${length}${start}`);
  const drip = length.includes("chunked") ? "1\r\n[\r\n" : "[";
  for (let i = 0; i < 5; i++) {
    await wait(STAY / 5);
    for (const socket of sockets) if (socket.writable) socket.write(drip);
  }
  for (const socket of sockets) socket.destroy();
  return count;
}

/** Sends chunks of one byte. Each chunk could require a separate buffer. */
async function tinyChunks(endpoint: Endpoint, random: Random): Promise<number> {
  const { path, authorization } = endpoint;
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\n${authorization}content-type: application/json\r\n`;
  const body = "1\r\n[\r\n".repeat(1 + random.below(300_000));
  const bytes = [`${head}connection: close\r\ntransfer-encoding: chunked\r\n\r\n`, body, "0\r\n\r\n"];
  const count = 1 + random.below(6);
  await Promise.all(Array.from({ length: count }, () => send(endpoint, bytes, 60_000)));
  return count;
}

async function wrongTokens(endpoint: Endpoint, random: Random): Promise<number> {
  const count = 300 + random.below(200);
  for (let i = 0; i < count; i += 50)
    await Promise.all(
      Array.from({ length: 50 }, () => {
        const authorization = `authorization: Bearer ${random.below(2 ** 31).toString(36)}\r\n`;
        return send(endpoint, postOf({ ...endpoint, authorization }, "{}"), 60_000);
      }),
    );
  return count;
}

/** Sends invalid tokens to the sign-in route of the page. */
async function wrongSignIns(endpoint: Endpoint, random: Random): Promise<number> {
  const count = 300;
  for (let i = 0; i < count; i += 50)
    await Promise.all(
      Array.from({ length: 50 }, () => {
        const body = JSON.stringify({ token: random.below(2 ** 31).toString(36) });
        return send(endpoint, postOf({ ...endpoint, path: "/api/v1/session", authorization: "" }, body), 60_000);
      }),
    );
  return count;
}

/** Sends many requests over one connection before the first response. */
async function pipelined(endpoint: Endpoint, random: Random): Promise<number> {
  const { path, authorization } = endpoint;
  const count = 20 + random.below(5000);
  const body = pick(random, ["{}", "[]", '{"rule":1}']);
  const type = "content-type: application/json\r\n";
  const one = `POST ${path} HTTP/1.1\r\nhost: x\r\n${authorization}${type}content-length: ${body.length}\r\n\r\n${body}`;
  await send(endpoint, [pick(random, [one, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"]).repeat(count)], STAY);
  return count;
}

const lines = [
  "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
  "GET http://evil.example/ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
  "GET / HTTP/1.1\r\n\r\n",
  "GET / HTTP/9.9\r\nhost: x\r\n\r\n",
  "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
  "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
  "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
  "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n",
  "GET /%00%ff%zz HTTP/1.1\r\nhost: x\r\n\r\n",
  "GET //[::1 HTTP/1.1\r\nhost: [::1\r\n\r\n",
  "CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n",
  "GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

/** Sends requests with changed, removed and repeated bytes. */
async function malformed(endpoint: Endpoint, random: Random): Promise<number> {
  const count = 200;
  for (let i = 0; i < count; i += 20)
    await Promise.all(
      Array.from({ length: 20 }, () => {
        const bytes = Buffer.from(pick(random, lines), "latin1");
        const changed = random.below(2) === 0 ? bytes : damaged(bytes, random);
        return send(endpoint, [changed], STAY);
      }),
    );
  return count;
}

function damaged(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  const kind = random.below(3);
  if (kind === 0) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  if (kind === 1)
    return Buffer.concat([bytes.subarray(0, at), ...new Array(1 + random.below(2000)).fill(bytes.subarray(at))]);
  const copy = Buffer.from(bytes);
  copy[at] = random.below(256);
  return copy;
}

/** All attacks, by name. */
export const assaults: Readonly<Record<string, Assault>> = {
  "gzip bombs": gzipBombs,
  "JSON bombs": jsonBombs,
  "idle connections": idleConnections,
  "slow bodies": slowBodies,
  "tiny chunks": tinyChunks,
  "wrong tokens": wrongTokens,
  "wrong sign-ins": wrongSignIns,
  "pipelined requests": pipelined,
  "malformed requests": malformed,
};
