import { copyFileSync } from "node:fs";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { systemTls } from "../../transport/tls.ts";
import { type Receiver, startReceiver } from "../receiver.fixture.ts";
import { makeCertificates } from "./certificates.fixture.ts";
import { openHttp } from "./http.ts";

const running: Receiver[] = [];
afterEach(async () => {
  for (const receiver of running.splice(0)) await receiver.stop();
});

async function receiver(...given: Parameters<typeof startReceiver>): Promise<Receiver> {
  const started = await startReceiver(...given);
  running.push(started);
  return started;
}

async function outcome(http: ReturnType<typeof openHttp>, url: string) {
  return http.classify(await http.send({ url: new URL(url), body: "{}" }));
}

test.each([
  [200, "delivered"],
  [204, "delivered"],
  [301, "retry"],
  [307, "retry"],
  [400, "rejected"],
  [401, "retry"],
  [403, "retry"],
  [404, "retry"],
  [407, "retry"],
  [408, "retry"],
  [409, "rejected"],
  [413, "rejected"],
  [421, "retry"],
  [422, "rejected"],
  [425, "retry"],
  [429, "retry"],
  [500, "retry"],
  [503, "retry"],
])("status %i results in %s", async (status, wanted) => {
  const { url } = await receiver(() => ({ status, ...(status === 301 && { headers: { location: "/other" } }) }));
  expect(await outcome(openHttp(), url)).toMatchObject({ outcome: wanted });
});

test.each([
  [301, { persistent: true }],
  [401, { persistent: true }],
  [403, { persistent: true, ambiguous: true }],
  [404, { persistent: true, ambiguous: true }],
  [408, {}],
  [421, { persistent: true }],
  [429, {}],
  [503, {}],
])("a failure with status %i is persistent or temporary: %o", async (status, wanted) => {
  const { url } = await receiver(() => ({ status }));
  expect(await outcome(openHttp(), url)).toEqual({
    outcome: "retry",
    reason: expect.stringContaining(`${status}`),
    ...wanted,
  });
});

test("a redirect is not followed", async () => {
  const elsewhere = await receiver();
  const { url } = await receiver(() => ({ status: 308, headers: { location: `${elsewhere.url}/` } }));
  await outcome(openHttp({ headers: { Authorization: "Bearer key" } }), url);
  expect(elsewhere.requests).toEqual([]);
});

test("Retry-After is seconds or a date, and at most an hour", async () => {
  let after = "7";
  const { url } = await receiver(() => ({ status: 429, headers: { "retry-after": after } }));
  const http = openHttp();
  expect(await outcome(http, url)).toMatchObject({ outcome: "retry", wait: 7000 });
  after = new Date(Date.now() + 60_000).toUTCString();
  const dated = await outcome(http, url);
  expect(dated).toMatchObject({ outcome: "retry" });
  expect("wait" in dated && dated.wait).toBeGreaterThan(55_000);
  after = "999999999";
  expect(await outcome(http, url)).toMatchObject({ wait: 3_600_000 });
  after = "soon";
  expect(await outcome(http, url)).not.toHaveProperty("wait");
  http.reopen();
});

test("a reason contains the response on one line, truncated and without secrets", async () => {
  const { url } = await receiver(() => ({ status: 403, body: `key s3cret\r\n\u001b[31m is wrong ${"x".repeat(999)}` }));
  const delivery = await outcome(openHttp({ secrets: ["s3cret", ""] }), url);
  expect(delivery).toMatchObject({ outcome: "retry", persistent: true });
  const reason = "reason" in delivery ? delivery.reason : "";
  expect(reason).toMatch(/^status 403: key \*\*\* \[31m is wrong x+…$/);
  expect(reason.length).toBeLessThan(350);
});

test("a refused connection and a timeout request a retry", async () => {
  const gone = await receiver();
  await gone.stop();
  expect(await outcome(openHttp(), gone.url)).toMatchObject({
    outcome: "retry",
    reason: expect.stringContaining("ECONNREFUSED"),
  });
  const silent = await receiver(() => undefined);
  expect(await outcome(openHttp({ timeout: 100 }), silent.url)).toMatchObject({
    outcome: "retry",
    reason: expect.stringMatching(/^no response from .* within 0.1 s$/),
  });
});

test("a receiver that sends its response too slowly requests a retry after the timeout", async () => {
  const { url } = await receiver((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(timer));
    return undefined;
  });
  expect(await outcome(openHttp({ timeout: 150 }), url)).toMatchObject({ outcome: "retry" });
});

test("an incomplete response and a response that is not HTTP request a retry", async () => {
  const torn = await receiver((_, response) => {
    response.writeHead(200, { "content-length": "100" }).write("x");
    setImmediate(() => response.destroy());
    return undefined;
  });
  expect(await outcome(openHttp(), torn.url)).toMatchObject({ outcome: "retry" });
  const garbage = await receiver((_, response) => {
    response.socket?.end("\u0000garbage\r\n\r\n");
    return undefined;
  });
  expect(await outcome(openHttp(), garbage.url)).toMatchObject({ outcome: "retry" });
});

test("an invalid header requests a retry, without its value in the reason", async () => {
  const { url, requests } = await receiver();
  const delivery = await outcome(openHttp({ headers: { "X-Key": "s3cret\r\nHost: other" } }), url);
  expect(delivery).toMatchObject({ outcome: "retry" });
  expect(JSON.stringify(delivery)).not.toContain("s3cret");
  expect(requests).toEqual([]);
});

test("a body is compressed if configured", async () => {
  const { url, requests } = await receiver();
  const http = openHttp({ gzip: true });
  await http.send({ url: new URL(url), body: "zwölf ".repeat(1000) });
  expect(requests[0]).toMatchObject({ headers: { "content-encoding": "gzip" }, body: "zwölf ".repeat(1000) });
  expect(Number(requests[0]?.headers["content-length"])).toBeLessThan(200);
});

test("TLS: only configured or system authorities are trusted, and a client certificate is sent", async () => {
  const { at, read } = makeCertificates();
  const server = { cert: read("server.crt"), key: read("server.key"), ca: read("ca.crt") };
  const open = await receiver(undefined, server);
  const strict = await receiver(undefined, { ...server, requestCert: true });
  const tls = systemTls;
  expect(await outcome(openHttp(), open.url)).toMatchObject({ outcome: "retry" });
  expect(open.requests).toEqual([]);
  expect(await outcome(openHttp({ tls: { ...tls, check: false } }), open.url)).toMatchObject({
    outcome: "delivered",
  });
  const more = { ...tls, moreAuthorities: [at("ca.crt")] };
  expect(await outcome(openHttp({ tls: more }), open.url)).toMatchObject({ outcome: "delivered" });
  expect(await outcome(openHttp({ tls: more }), strict.url)).toMatchObject({ outcome: "retry" });
  const known = { authority: [at("ca.crt")], certificate: at("client.crt"), key: at("client.key") };
  expect(await outcome(openHttp({ tls: known }), strict.url)).toMatchObject({ outcome: "delivered" });
  const missing = { ...tls, moreAuthorities: [at("none.crt")] };
  expect(await outcome(openHttp({ tls: missing }), open.url)).toMatchObject({
    outcome: "retry",
    reason: expect.stringContaining("ENOENT"),
  });
});

test("renewed certificates are used after a failed request", async () => {
  const { at, read } = makeCertificates();
  const other = makeCertificates();
  const server = { cert: read("server.crt"), key: read("server.key"), ca: read("ca.crt"), requestCert: true };
  const { url } = await receiver(undefined, server);
  for (const end of ["crt", "key"]) copyFileSync(other.at(`client.${end}`), at(`used.${end}`));
  const http = openHttp({ tls: { authority: at("ca.crt"), certificate: at("used.crt"), key: at("used.key") } });
  expect(await outcome(http, url)).toMatchObject({ outcome: "retry" });
  for (const end of ["crt", "key"]) copyFileSync(at(`client.${end}`), at(`used.${end}`));
  expect(await outcome(http, url)).toEqual({ outcome: "delivered" });
  http.reopen();
});

test("renewed certificates are used within about a minute, and connections are kept until then", async () => {
  const { at, read } = makeCertificates();
  const used: string[] = [];
  const sockets = new Set<unknown>();
  const server = { cert: read("server.crt"), key: read("server.key"), ca: read("ca.crt"), requestCert: true };
  const { url } = await receiver((_, response) => {
    if (response.socket instanceof TLSSocket) used.push(String(response.socket.getPeerCertificate().subject.CN));
    sockets.add(response.socket);
    return {};
  }, server);
  const now = Math.floor(performance.now()); // sums with whole numbers are exact
  const clock = vi.spyOn(performance, "now").mockReturnValue(now);
  onTestFinished(() => clock.mockRestore());
  const http = openHttp({ tls: { authority: at("ca.crt"), certificate: at("client.crt"), key: at("client.key") } });
  await outcome(http, url);
  clock.mockReturnValue(now + 60_000);
  await outcome(http, url);
  for (const end of ["crt", "key"]) copyFileSync(at(`server.${end}`), at(`client.${end}`));
  await outcome(http, url);
  clock.mockReturnValue(now + 120_000);
  expect(await outcome(http, url)).toEqual({ outcome: "delivered" });
  expect(used).toEqual(["client", "client", "client", "server"]);
  expect(sockets.size).toBe(2);
  http.reopen();
});

test("a kept connection that the server closed is replaced without a retry", async () => {
  const sockets: (Socket | null)[] = [];
  const { url } = await receiver((_, response) => {
    if (!sockets.includes(response.socket)) sockets.push(response.socket);
    // The first connection gets one response, and is reset when the next request arrives.
    const [first] = sockets;
    if (sockets.length === 1)
      response.on("finish", () => first?.prependOnceListener("data", () => first.resetAndDestroy()));
    return {};
  });
  const http = openHttp();
  for (let i = 0; i < 3; i++) expect(await outcome(http, url)).toEqual({ outcome: "delivered" });
  expect(sockets).toHaveLength(2);
  http.reopen();
});
