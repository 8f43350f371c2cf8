import { copyFileSync, mkdtempSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostile } from "../../../test/response/hostile.ts";
import { startReceiver } from "../../output/receiver.fixture.ts";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import { systemTls } from "../tls.ts";
import { sendRequest } from "./send.ts";
import { below } from "./url.ts";

const soon = () => AbortSignal.timeout(3000);
const get = (url: string, tls = systemTls) => sendRequest(new URL(url), { method: "GET", signal: soon(), tls });
const post = (url: string, body = "") =>
  sendRequest(new URL(url), { method: "POST", body, signal: soon(), tls: systemTls });

/** A server that sends these bytes to each client and disconnects. */
async function sayTo(bytes: string): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/` };
}

describe("a server over TLS", () => {
  it("can require a client certificate, and renewed files are used for the next request", async () => {
    const [one, another] = [makeCertificates(), makeCertificates()];
    const tls = {
      cert: one.read("server.crt"),
      key: one.read("server.key"),
      ca: one.read("ca.crt"),
      requestCert: true,
    };
    const receiver = await startReceiver(() => ({ body: "welcome" }), tls);
    const folder = mkdtempSync(join(tmpdir(), "eyas-ask-"));
    const at = (name: string) => join(folder, name);
    const put = (from: typeof one) => {
      for (const name of ["ca.crt", "client.crt", "client.key"]) copyFileSync(from.at(name), at(name));
    };
    const files = { authority: at("ca.crt"), certificate: at("client.crt"), key: at("client.key"), check: true };
    put(another);
    await expect(get(receiver.url, files)).rejects.toThrow(/certificate/);
    put(one);
    expect(await get(receiver.url, files)).toMatchObject({ status: 200, body: "welcome" });
    await expect(get(receiver.url, { ...files, certificate: "", key: "" })).rejects.toThrow(/127\.0\.0\.1/);
    await expect(get(receiver.url, { ...files, authority: "" })).rejects.toThrow(/set `ca_cert` to trust it/);
    expect(receiver.requests).toHaveLength(1);
    await expect(get(receiver.url, { ...files, authority: "/none.pem" })).rejects.toThrow(
      "cannot read /none.pem: ENOENT",
    );
    await expect(get(receiver.url, { ...files, key: another.at("client.key") })).rejects.toThrow(
      /^certificates cannot be used: /,
    );
    await receiver.stop();
  });

  it("is not verified if `check` is false", async () => {
    const { read } = makeCertificates();
    const receiver = await startReceiver(() => ({}), { cert: read("server.crt"), key: read("server.key") });
    await expect(get(receiver.url)).rejects.toThrow(/certificate/);
    expect(await get(receiver.url, { ...systemTls, check: false })).toMatchObject({ status: 200 });
    await receiver.stop();
  });
});

describe("a response", () => {
  it("is read up to the limit", async () => {
    const receiver = await startReceiver(() => ({ status: 201, body: "x".repeat(3 << 20) }));
    const { status, body } = await post(receiver.url);
    expect(status).toBe(201);
    expect(body).toHaveLength(1 << 20);
    await receiver.stop();
  });

  it("that is incomplete still has its status", async () => {
    const { url, server } = await sayTo("HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\nhalf of");
    expect(await post(url)).toMatchObject({ status: 202, body: "half of" });
    server.close();
  });

  it("that is missing causes an error that states that the request may have taken effect", async () => {
    const { url, server } = await sayTo("");
    await expect(post(url)).rejects.toThrow(
      /^127\.0\.0\.1:\d+ closed the connection; the request may have taken effect$/,
    );
    await expect(get(url)).rejects.toThrow(/^127\.0\.0\.1:\d+ closed the connection$/);
    server.close();
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const at = new URL(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`);
    const [over, stopped] = [AbortSignal.timeout(50), AbortSignal.abort()];
    const asking = { method: "POST", tls: systemTls } as const;
    await expect(sendRequest(at, { ...asking, signal: over })).rejects.toThrow(
      / did not respond in time; the request may have taken effect/,
    );
    await expect(sendRequest(at, { ...asking, signal: stopped })).rejects.toThrow(/^cancelled before .* responded/);
    silent.close();
  });
});

it("an invalid header is neither sent nor repeated in the error", async () => {
  const receiver = await startReceiver();
  const asking = { method: "POST", signal: soon(), tls: systemTls } as const;
  for (const text of ["a\r\nX-Injected: yes", "漢", "\0"]) {
    const sent = sendRequest(new URL(receiver.url), { ...asking, headers: { "x-a": text } });
    await expect(sent).rejects.toThrow(/a header contains an invalid character$/);
  }
  expect(receiver.requests).toEqual([]);
  await receiver.stop();
});

it("segments of a path are escaped", () => {
  for (const [what, text] of Object.entries(hostile)) {
    let url: URL | undefined;
    try {
      url = below("https://api.example.org/base/", ["v3", text, "end"], { q: text });
    } catch (error) {
      expect(String(error), what).toMatch(/is not a valid path segment$/);
      expect(String(error), what).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      continue;
    }
    expect(url.origin, what).toBe("https://api.example.org");
    expect(url.pathname.split("/").map(decodeURIComponent), what).toEqual(["", "base", "v3", text, "end"]);
    expect([...url.searchParams], what).toEqual([["q", text]]);
    expect(url.hash, what).toBe("");
  }
  for (const text of [".", "..", "", "a\0"]) expect(() => below("https://a/", [text])).toThrow();
});
