import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { openServer, type WebServer } from "./server.ts";

let server: WebServer | undefined;
afterEach(async () => {
  await server?.close();
});

test.each<readonly [string, number, string]>([
  ["GET / HTTP/1.1\r\nhost: a\r\n", 200, "ok"],
  ["GET / HTTP/1.1\r\nhost: [::1]:80\r\n", 200, "ok"],
  ["GET http://a/ HTTP/1.1\r\nhost: a:80\r\n", 200, "ok"],
  ["GET / HTTP/1.0\r\n", 200, "ok"],
  [
    "GET / HTTP/1.1\r\nhost: a\r\nHost: a\r\n",
    400,
    "A request must not have more than one Host header; this one has 2.",
  ],
  [
    "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n",
    400,
    "A request must not have more than one Host header; this one has 2.",
  ],
  ["GET / HTTP/1.1\r\nhost: a, b\r\n", 400, "The Host header must be a host with an optional port."],
  ["GET / HTTP/1.1\r\nhost: a@b\r\n", 400, "The Host header must be a host with an optional port."],
  ["GET / HTTP/1.1\r\n", 400, ""],
  ["GET http://b/ HTTP/1.1\r\nhost: a\r\n", 400, "The Host header and the host of the request target differ."],
  ["GET x:y HTTP/1.1\r\nhost: a\r\n", 400, ""],
  [
    "GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer a\r\nAuthorization: Bearer b\r\n",
    400,
    "A request must not have more than one Authorization header; this one has 2.",
  ],
])("%j is answered with %i", async (head, status, reason) => {
  const settings = { listen_port: 0, listen_address: "127.0.0.1", ssl_enabled: false, ssl_certificate: "" };
  server = await openServer(settings, new Map([["/", () => ({ type: "text/plain", body: "ok" })]]));
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write(`${head}connection: close\r\n\r\n`);
  const answer = await text(socket);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toContain(reason);
});
