import { mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { request as plainRequest, type RequestOptions } from "node:http";
import { Agent, request as secureRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { makeCertificates } from "../output/transport/certificates.fixture.ts";
import { certificateRenewals, checkToken, readCertificates } from "./credentials.ts";
import {
  type Endpoint,
  type IntakeServer,
  type IntakeSettings,
  type LargeBody,
  openIntake,
  type Upload,
} from "./intake.ts";
import { openRequestMemory, sharedMemory } from "./memory.ts";
import { parsedSize } from "./parsed-size.ts";
import type { Page } from "./server.ts";

const here: IntakeSettings = {
  address: "127.0.0.1",
  port: 0,
  tls: undefined,
  maxRate: 0,
  name: "The endpoint of the test",
  keys: { address: "test.from", port: "test.from" },
};
const MOST = 1000;

let server: IntakeServer | undefined;
const arrived: Upload[] = [];
afterEach(async () => {
  await server?.close();
  server = undefined;
  arrived.length = 0;
});

async function open(settings: Partial<IntakeSettings> = {}, endpoint: Partial<Endpoint> = {}): Promise<string> {
  const take: Endpoint["handle"] = (arrival) => {
    arrived.push(arrival);
    return { status: 200, type: "text/plain", body: `${arrival.body.length} bytes` };
  };
  const usual: Endpoint = { handle: take, types: ["application/json"], maxBody: MOST, check: undefined, ...endpoint };
  const ping: Page = { type: "text/plain", body: "pong\n" };
  server = await openIntake({ ...here, ...settings }, new Map([["/in", usual]]), new Map([["/ping", () => ping]]));
  return server.url;
}

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
  return [response.status, await response.text()] as const;
}

/** Sends raw bytes and returns all received bytes until the server closes the connection. */
function raw(url: string, bytes: string | Uint8Array): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(bytes);
  return text(socket);
}

/** An open connection, and a promise that resolves when it is closed. */
function idle(url: string, bytes = ""): { socket: Socket; ended: Promise<void> } {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  if (bytes !== "") socket.write(bytes);
  socket.resume().on("error", () => {});
  return { socket, ended: new Promise((resolve) => socket.once("close", () => resolve())) };
}

test("each body that is rejected for its size is reported to the endpoint, with sender and size", async () => {
  const heard: LargeBody[] = [];
  const tooLarge = (body: LargeBody) => void heard.push(body);
  const memory = openRequestMemory(100_000);
  const url = `${await open({ memory }, { maxBody: 70_000, tooLarge })}/in`;
  const reason = "The body exceeds the limit of 70000 bytes.";
  const peer = "127.0.0.1";
  expect((await post(url, "x".repeat(70_001)))[0]).toBe(413);
  expect((await post(url, gzipSync("x".repeat(70_001)), { "content-encoding": "gzip" }))[0]).toBe(413);
  expect((await post(url, "[{},{},{}]", { "content-type": "text/csv" }))[0]).toBe(415);
  // The values of the first body, and the copy of the second body during its arrival, exceed the memory of all
  // requests. A retry would also fail.
  expect((await post(url, `[${"{},".repeat(5000)}{}]`))[0]).toBe(413);
  expect((await post(url, "x".repeat(69_000)))[0]).toBe(413);
  expect(heard).toEqual([
    { peer, bytes: 70_001, reason },
    { peer, bytes: undefined, reason: expect.any(String) },
    { peer, bytes: 15_004, reason: expect.stringContaining("of memory, which exceeds the limit of 100000 bytes") },
    { peer, bytes: 69_000, reason: expect.stringContaining("exceeds the memory limit for all requests") },
  ]);
});

test("a body whose values do not fit into memory is handled in parts, if the endpoint can", async () => {
  const heard: LargeBody[] = [];
  const room: unknown[] = [];
  const memory = openRequestMemory(100_000);
  const url = `${await open(
    { memory },
    {
      maxBody: 70_000,
      tooLarge: (body) => void heard.push(body),
      async handleInParts({ body }, reserve) {
        if (body.length < 10_000) return undefined;
        room.push(reserve(1000)?.status, reserve(1_000_000)?.status, memory.used > body.length);
        return { status: 200, type: "text/plain", body: "in parts" };
      },
    },
  )}/in`;
  expect(await post(url, `[${"{},".repeat(5000)}{}]`)).toEqual([200, "in parts"]);
  expect(room).toEqual([undefined, 413, true]);
  expect([heard, memory.used]).toEqual([[], 0]);
  expect((await post(url, `[${"{},".repeat(1500)}{}]`))[0]).toBe(413);
  expect(heard).toHaveLength(1);
});

test("an endpoint receives the complete body and sends the response", async () => {
  const url = await open();
  expect(await post(`${url}/in`, "{}", { "content-type": "Application/JSON; charset=utf-8" })).toEqual([
    200,
    "2 bytes",
  ]);
  expect(await (await fetch(`${url}/ping`)).text()).toBe("pong\n");
  expect(arrived.map(({ body, type }) => [body.toString(), type])).toEqual([["{}", "application/json"]]);
  expect(Object.fromEntries(server?.answers.get("/in") ?? [])).toEqual({ 200: 1 });
});

test("invalid requests are rejected with a status and one sentence, and counted", async () => {
  const url = await open();
  const at = (path: string, method: string) =>
    fetch(`${url}${path}`, { method, ...(method === "PUT" && { body: "{}" }) });
  expect((await at("/out", "POST")).status).toBe(404);
  const get = await at("/in", "GET");
  expect([get.status, get.headers.get("allow"), await get.text()]).toEqual([
    405,
    "POST",
    "Method not allowed; use POST.\n",
  ]);
  expect((await at("/in", "PUT")).status).toBe(405);
  expect(await post(`${url}/in`, "{}", { "content-type": "text/plain" })).toEqual([
    415,
    "The content type must be application/json.\n",
  ]);
  expect(await post(`${url}/in`, "{}", { "content-encoding": "br" })).toEqual([415, expect.stringMatching(/gzip/)]);
  expect(await post(`${url}/in`, "x".repeat(MOST + 1))).toEqual([413, "The body exceeds the limit of 1000 bytes.\n"]);
  const head = "POST /in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n";
  expect(await raw(url, `${head}\r\n`)).toMatch(/^HTTP\/1.1 411 /);
  expect(await raw(url, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 .*The request is not valid HTTP\.\n$/s);
  expect(await raw(url, `${head}x: ${"y".repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  expect(arrived).toEqual([]);
  expect(Object.fromEntries(server?.answers.get("/in") ?? [])).toEqual({ 405: 2, 411: 1, 413: 1, 415: 2 });
  expect(Object.fromEntries(server?.answers.get("") ?? [])).toEqual({ 400: 1, 404: 1, 431: 1 });
});

test("a chunked body beyond the limit is rejected, and its sender receives the reason", async () => {
  const url = await open();
  const head = "POST /in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
  const chunk = `1000\r\n${"x".repeat(0x1000)}\r\n`;
  const answer = await raw(url, `${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(200)}0\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 413 .*The body exceeds the limit of 1000 bytes\.\n$/s);
  expect(await raw(url, `${head}content-length: 300000\r\n\r\n${"x".repeat(300_000)}`)).toMatch(/^HTTP\/1.1 413 /);
  expect(arrived).toEqual([]);
});

test("a client that waits for 100 Continue immediately gets the rejection of a large body", async () => {
  const url = await open();
  const head = "POST /in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n";
  const { socket, ended } = idle(url, `${head}content-length: 5000\r\n\r\n`);
  const first = await new Promise<string>((resolve) => socket.once("data", (bytes) => resolve(String(bytes))));
  expect(first).toMatch(/^HTTP\/1.1 413 /);
  socket.destroy();
  await ended;
  const waiting = idle(url, `${head}content-length: 2\r\n\r\n`).socket;
  const go = await new Promise<string>((resolve) => waiting.once("data", (bytes) => resolve(String(bytes))));
  expect(go).toMatch(/^HTTP\/1.1 100 /);
  waiting.write("{}");
  const done = await new Promise<string>((resolve) => waiting.once("data", (bytes) => resolve(String(bytes))));
  expect(done).toMatch(/^HTTP\/1.1 200 /);
  waiting.destroy();
});

test("a compressed body is inflated, up to the limit", async () => {
  const url = await open();
  const gzip = { "content-encoding": "gzip" };
  expect(await post(`${url}/in`, gzipSync("[1,2]"), gzip)).toEqual([200, "5 bytes"]);
  expect(await post(`${url}/in`, gzipSync("x".repeat(100_000)), gzip)).toEqual([
    413,
    "The body exceeds the limit of 1000 bytes.\n",
  ]);
  expect(await post(`${url}/in`, "no gzip", gzip)).toEqual([400, "The body is not valid gzip.\n"]);
  expect(arrived.map(({ body }) => body.toString())).toEqual(["[1,2]"]);
});

test("slow clients are disconnected, with headers and with bodies, while others are served", async () => {
  const url = await open({ limits: { headersTime: 500, requestTime: 1000, idleTime: 500 } });
  const head = "POST /in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n";
  const slow = [...Array.from({ length: 20 }, () => head), ...Array.from({ length: 20 }, () => `${head}\r\n{`), "", ""];
  const answers = slow.map((bytes) => {
    const { socket, ended } = idle(url, bytes);
    const drip = setInterval(() => bytes !== "" && socket.write(bytes.endsWith("{") ? " " : "x"), 100);
    let answer = "";
    socket.on("data", (more) => {
      answer += more;
    });
    return ended.then(() => {
      clearInterval(drip);
      return answer.slice(0, 12);
    });
  });
  const one = await post(`${url}/in`, "{}");
  expect(one).toEqual([200, "2 bytes"]);
  const statuses = await Promise.all(answers);
  expect(statuses.slice(0, 40)).toEqual(new Array(40).fill("HTTP/1.1 408"));
  expect(await post(`${url}/in`, "{}")).toEqual([200, "2 bytes"]);
  expect(arrived.length).toBe(2);
});

test("connections beyond the limit are closed, and those within it work", async () => {
  const url = await open({ limits: { connections: 8 } });
  const many = Array.from({ length: 12 }, () => idle(url));
  await Promise.race(many.map(({ ended }) => ended));
  for (const { socket } of many) socket.destroy();
  await Promise.all(many.map(({ ended }) => ended));
  expect(await post(`${url}/in`, "{}")).toEqual([200, "2 bytes"]);
});

test("a client beyond its rate limit gets a Retry-After", async () => {
  const url = await open({ maxRate: 2 });
  const statuses = await Promise.all(Array.from({ length: 5 }, () => post(`${url}/in`, "{}")));
  expect(statuses.map(([status]) => status).sort()).toEqual([200, 200, 429, 429, 429]);
  const response = await fetch(`${url}/in`, { method: "POST" });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
});

test("requests in progress share the memory for bodies and their values", async () => {
  let go: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const body = "x".repeat(MOST);
  const one = 16_384 + MOST + 2 * MOST + parsedSize(Buffer.from(body));
  const url = await open(
    { memory: openRequestMemory(8 * one) },
    { handle: () => gate.then(() => ({ status: 200, type: "text/plain", body: "" })) },
  );
  const posts = Array.from({ length: 10 }, () => post(`${url}/in`, body));
  await expect.poll(() => server?.answers.get("/in")?.get(429)).toBe(2);
  go();
  expect((await Promise.all(posts)).map(([status]) => status).sort()).toEqual([...new Array(8).fill(200), 429, 429]);
  expect(await post(`${url}/in`, "{}")).toEqual([200, ""]);
});

test("a body whose values do not fit into the memory is rejected before it is parsed, although its text fits", async () => {
  const [objects, plain] = [`[${"{},".repeat(300)}1]`, `["${"x".repeat(900)}"]`];
  const values = parsedSize(Buffer.from(objects));
  expect(values).toBeGreaterThan(20 * parsedSize(Buffer.from(plain)));
  const url = await open({ memory: openRequestMemory(16_384 + 3 * MOST + values / 2) });
  expect(await post(`${url}/in`, objects)).toEqual([
    413,
    expect.stringMatching(/^Parsing the body requires \d+ bytes of memory/),
  ]);
  expect(arrived).toEqual([]);
  expect(await post(`${url}/in`, plain)).toEqual([200, `${plain.length} bytes`]);
});

test("all listeners share one memory: a body is rejected while requests to others use it up", async () => {
  const memory = sharedMemory();
  const others = memory.open();
  expect(others.take(memory.limit - 1000)).toBe(true);
  const url = await open();
  const response = await fetch(`${url}/in`, {
    method: "POST",
    body: "{}",
    headers: { "content-type": "application/json" },
  });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
  others.close();
  expect(await post(`${url}/in`, "{}")).toEqual([200, "2 bytes"]);
});

test("a client that disconnects during a request releases its memory", async () => {
  const url = await open();
  const head = "POST /in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n";
  for (let i = 0; i < 20; i++) {
    const { socket, ended } = idle(url, head + "x".repeat(800));
    await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
    await ended;
  }
  expect(await post(`${url}/in`, "x".repeat(MOST))).toEqual([200, "1000 bytes"]);
});

test("requests without the token are rejected", async () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-token-"));
  const file = join(folder, "token");
  writeFileSync(file, "s3cret-ü\n");
  const check = checkToken({ token: "", token_file: file }, "test");
  const url = await open({}, { check });
  const answer = async (authorization?: string) => {
    const response = await fetch(`${url}/in`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", ...(authorization !== undefined && { authorization }) },
    });
    return [response.status, response.headers.get("www-authenticate"), await response.text()];
  };
  expect(await answer()).toEqual([
    401,
    "Bearer",
    "A token is required; send the header Authorization: Bearer TOKEN.\n",
  ]);
  expect(await answer("Bearer wrong")).toEqual([401, "Bearer", "The token is invalid.\n"]);
  expect(await answer("Basic s3cret")).toEqual([401, "Bearer", expect.stringMatching(/is required/)]);
  const bytes = Buffer.from("Bearer s3cret-ü").toString("latin1");
  expect(await answer(bytes)).toEqual([200, null, "2 bytes"]);
  expect(arrived.length).toBe(1);
  writeFileSync(file, "\n");
  expect(() => checkToken({ token: "", token_file: file }, "test")).toThrow(`${file} is empty (test.token_file).`);
  expect(() => checkToken({ token: "a", token_file: file }, "test")).toThrow("not both");
});

/** Posts over HTTPS. */
function securePost(
  url: string,
  options: RequestOptions & { agent?: Agent; ca?: Buffer; cert?: Buffer; key?: Buffer },
) {
  return new Promise<readonly [number | undefined, string]>((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const sent = secureRequest(url, { method: "POST", headers, ...options }, async (response) => {
      resolve([response.statusCode, await text(response)]);
    });
    sent.on("error", reject).end("{}");
  });
}

test("mutual TLS accepts only certificates of the authority", needs("openssl"), async () => {
  const ours = makeCertificates();
  const others = makeCertificates();
  const settings = {
    certificate: ours.at("server.crt"),
    key: ours.at("server.key"),
    client_authority: ours.at("ca.crt"),
  };
  const tls = readCertificates(settings, "test");
  const url = `${await open({ tls })}/in`;
  expect(url).toMatch(/^https:/);
  const ca = ours.read("ca.crt");
  const own = { ca, cert: ours.read("client.crt"), key: ours.read("client.key") };
  expect(await securePost(url, own)).toEqual([200, "2 bytes"]);
  expect(await securePost(url, { ca })).toEqual([403, "A client certificate is required.\n"]);
  const wrong = { ca, cert: others.read("client.crt"), key: others.read("client.key") };
  expect(await securePost(url, wrong)).toEqual([
    403,
    "The client certificate is invalid, or a configured authority did not issue it.\n",
  ]);
  // Resumed sessions without a certificate are rejected too.
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    const agent = new Agent({ ca, maxVersion, maxCachedSessions: 10, keepAlive: false });
    for (let i = 0; i < 3; i++) expect((await securePost(url, { agent }))[0]).toBe(403);
  }
  await expect(securePost(url, { ...own, ca: others.read("ca.crt") })).rejects.toThrow();
  // Old versions of TLS and plain HTTP are rejected.
  await expect(securePost(url, { ...own, maxVersion: "TLSv1.1", minVersion: "TLSv1" } as object)).rejects.toThrow();
  const plain = new Promise((resolve, reject) =>
    plainRequest(url.replace("https", "http"), resolve).on("error", reject).end(),
  );
  await expect(plain).rejects.toThrow();
  expect(await securePost(url, own)).toEqual([200, "2 bytes"]);
  expect(arrived.length).toBe(2);
});

test("renewed certificates and tokens are used immediately", needs("openssl"), async () => {
  const [first, second] = [makeCertificates(), makeCertificates()];
  const folder = mkdtempSync(join(tmpdir(), "eyas-renewal-"));
  const at = (name: string): string => join(folder, name);
  const place = (from: typeof first, ...names: readonly string[]): void => {
    for (const name of names) writeFileSync(at(name), from.read(name));
  };
  place(first, "server.crt", "server.key", "ca.crt");
  writeFileSync(at("token"), "old");
  const settings = { certificate: at("server.crt"), key: at("server.key"), client_authority: at("ca.crt") };
  const check = checkToken({ token: "", token_file: at("token") }, "test");
  const url = `${await open({ tls: readCertificates(settings, "test"), renewed: certificateRenewals(settings, "test") }, { check })}/in`;
  const status = async (who: typeof first, token: string): Promise<unknown> => {
    const own = { ca: who.read("ca.crt"), cert: who.read("client.crt"), key: who.read("client.key") };
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    return securePost(url, { ...own, headers, agent: new Agent() }).then(
      ([one]) => one,
      () => "no TLS",
    );
  };
  expect(await status(first, "old")).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  place(second, "server.crt"); // the key has not been renewed yet
  expect(await status(first, "old")).toBe(200);
  place(second, "server.key", "ca.crt");
  writeFileSync(at("token"), "new");
  await expect.poll(() => status(second, "new"), { timeout: 60_000 }).toBe(200);
  expect(await status(second, "old")).toBe(401);
  expect(await status(first, "new")).toBe("no TLS");
  // The kubelet updates a secret like this: files are links into a directory that is replaced.
  const third = makeCertificates();
  symlinkSync(third.at(""), at("..data"));
  for (const name of ["server.crt", "server.key", "ca.crt"]) {
    symlinkSync(join("..data", name), at("next"));
    renameSync(at("next"), at(name));
  }
  await expect.poll(() => status(third, "new"), { timeout: 60_000 }).toBe(200);
  expect(await status(second, "new")).toBe("no TLS");
});

test("a client that does not finish its TLS handshake is disconnected", needs("openssl"), async () => {
  const { at, read } = makeCertificates();
  const settings = { certificate: at("server.crt"), key: at("server.key"), client_authority: "" };
  const url = await open({ tls: readCertificates(settings, "test"), limits: { headersTime: 500 } });
  const idlers = [idle(url), idle(url, "\x16\x03\x01"), idle(url, "GET / HTTP/1.1\r\n\r\n")];
  await Promise.all(idlers.map(({ ended }) => ended));
  expect(await securePost(`${url}/in`, { ca: read("ca.crt") })).toEqual([200, "2 bytes"]);
});

test("invalid certificates are reported in one sentence", needs("openssl"), async () => {
  const { at } = makeCertificates();
  const none = { certificate: "", key: "", client_authority: "" };
  expect(readCertificates(none, "test")).toBeUndefined();
  expect(() => readCertificates({ ...none, client_authority: at("ca.crt") }, "test")).toThrow(
    "test.certificate is missing",
  );
  expect(() => readCertificates({ ...none, certificate: "/none.pem" }, "test")).toThrow(
    "Cannot read /none.pem (test.certificate): ENOENT",
  );
  const tls = readCertificates({ ...none, certificate: at("server.crt"), key: at("client.key") }, "test");
  await expect(openIntake({ ...here, tls }, new Map())).rejects.toThrow(
    "The endpoint of the test cannot use its certificate",
  );
  const both = join(mkdtempSync(join(tmpdir(), "eyas-pem-")), "both.pem");
  writeFileSync(both, readFileSync(at("server.key"), "utf8") + readFileSync(at("server.crt"), "utf8"));
  const url = await open({ tls: readCertificates({ ...none, certificate: both }, "test") });
  expect(await securePost(`${url}/in`, { ca: readFileSync(at("ca.crt")) })).toEqual([200, "2 bytes"]);
});
