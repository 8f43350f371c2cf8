import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { openServer, type Page, type Pages, type ServerSettings, type WebServer } from "./server.ts";

type Make = (query: URLSearchParams, accept: string | undefined) => Page;
const here: ServerSettings = { listen_port: 0, listen_address: "127.0.0.1", ssl_enabled: false, ssl_certificate: "" };
const pages: Pages = new Map<string, Make>([
  ["/a", (query, accept) => ({ type: "text/plain", body: `é ${query.get("q")} ${accept}` })],
  [
    "/broken",
    () => {
      throw new Error("no figures");
    },
  ],
]);
let server: WebServer | undefined;
const open = async (settings: Partial<ServerSettings> = {}): Promise<WebServer> => {
  server = await openServer({ ...here, ...settings }, pages);
  return server;
};

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Sends raw bytes and returns all received bytes. */
function raw(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.end(bytes);
  return text(socket);
}

test("a page is rendered for each request and never cached", async () => {
  const { url } = await open();
  const response = await fetch(`${url}/a?q=1`, { headers: { accept: "x/y" } });
  expect(await response.text()).toBe("é 1 x/y");
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/plain",
    "content-length": "8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  const head = await fetch(`${url}/a`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("invalid requests are rejected with one sentence and counted", async () => {
  const { url, answers } = await open();
  const answer = async (path: string, method = "GET"): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { method, ...(method === "POST" && { body: "x".repeat(1e6) }) });
    return [response.status, await response.text()];
  };
  expect(await answer("/nothing")).toEqual([404, "Not found. Pages: /a, /broken.\n"]);
  expect(await answer("/a", "POST")).toEqual([405, "Method not allowed; use GET or HEAD.\n"]);
  expect(await answer("/a/../../etc/passwd")).toEqual([404, "Not found. Pages: /a, /broken.\n"]);
  expect(await answer("/broken")).toEqual([500, "Cannot render the page: no figures.\n"]);
  expect(await raw(url, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 .*\r\n\r\nThe request is not valid HTTP\.\n$/s);
  expect(await raw(url, `GET /a HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431 .*The headers are larger than 8192 bytes\.\n$/s,
  );
  expect(Object.fromEntries(answers)).toEqual({ 400: 1, 404: 2, 405: 1, 431: 1, 500: 1 });
});

test("connections beyond the limit are closed, and those within it work", async () => {
  const { url } = await open();
  const idle = Array.from({ length: 80 }, () => connect(Number(new URL(url).port), "127.0.0.1"));
  const closed = idle.map(
    (socket) => new Promise<void>((resolve) => socket.on("error", () => {}).once("close", resolve)),
  );
  await Promise.race(closed);
  for (const socket of idle) socket.destroy();
  await Promise.all(closed);
  expect((await fetch(`${url}/a`)).status).toBe(200);
});

test("an unavailable address is reported in one sentence", async () => {
  const { url } = await open();
  const port = Number(new URL(url).port);
  await expect(openServer({ ...here, listen_port: port }, pages)).rejects.toThrow(
    `The web server cannot listen on 127.0.0.1, port ${port}: the port is in use. Set webserver.listen_port to another port.`,
  );
  await expect(openServer({ ...here, listen_address: "192.0.2.1" }, pages)).rejects.toThrow(
    "the address is not assigned to this machine",
  );
  await expect(openServer({ ...here, ssl_enabled: true, ssl_certificate: "/none.pem" }, pages)).rejects.toThrow(
    "Cannot read the certificate of the web server (webserver.ssl_certificate): ENOENT",
  );
});

test("a PEM file with key and certificate enables HTTPS", needs("openssl"), async () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-server-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost".split(" ");
  spawnSync("openssl", [...words, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]);
  const both = join(folder, "both.pem");
  writeFileSync(both, readFileSync(key, "utf8") + readFileSync(cert, "utf8"));
  const { url } = await open({ ssl_enabled: true, ssl_certificate: both });
  expect(url).toMatch(/^https:/);
  const body = await new Promise<string>((resolve, reject) => {
    request(`${url}/a`, { ca: readFileSync(cert) }, (response) => resolve(text(response)))
      .on("error", reject)
      .end();
  });
  expect(body).toBe("é null undefined");
});
