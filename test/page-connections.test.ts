// The web UI while a client without a session opens connections and tries tokens.
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { openTestPage, type TestPage } from "../src/api/page.fixture.ts";

const API = "/api/v1";
let page: TestPage | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await page?.close();
  page = undefined;
});

function idleConnection(url: string, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", resolve).on("error", () => {});
    socket.resume().write(bytes);
    sockets.push(socket);
  });
}

test.each(["", "GET / HTTP/1.1\r\n", "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"])(
  "400 connections that sent %j block no other client, and the streams of users stay open",
  async (bytes) => {
    const open = await openTestPage([]);
    page = open;
    const { authorization } = { authorization: `Bearer ${open.tokens.viewer}` };
    let ended = false;
    await new Promise<void>((resolve) => {
      request(`${open.url}${API}/events`, { headers: { authorization }, agent: false }, (stream) => {
        stream.resume().on("close", () => {
          ended = true;
        });
        resolve();
      })
        .on("error", () => {})
        .end();
    });
    for (let i = 0; i < 400; i++) await idleConnection(open.url, bytes);
    expect((await open.ask(`${API}/status`, { as: "viewer" })).status).toBe(200);
    const signIn = { method: "POST", body: { token: open.tokens.admin } };
    expect((await open.ask(`${API}/session`, signIn)).status).toBe(200);
    expect(ended).toBe(false);
  },
);

test("after 300 wrong tokens, a valid token can sign in, and requests with a valid token get a response", async () => {
  const open = await openTestPage([]);
  page = open;
  const wrong = { method: "POST", body: { token: "wrong" } };
  const statuses = new Set<number>();
  for (let i = 0; i < 300; i++) {
    statuses.add((await open.ask(`${API}/session`, wrong)).status);
    statuses.add((await open.ask(`${API}/status`, { headers: { authorization: "Bearer wrong" } })).status);
  }
  expect([...statuses].sort()).toEqual([401, 429]);
  expect((await open.ask(`${API}/session`, { method: "POST", body: { token: open.tokens.viewer } })).status).toBe(200);
  expect((await open.ask(`${API}/status`, { as: "viewer" })).status).toBe(200);
});

test("bodies with keys that a route does not have are rejected, and the key is named", async () => {
  const open = await openTestPage([]);
  page = open;
  const post = async (path: string, body: unknown) =>
    (await open.ask(`${API}${path}`, { method: "POST", body, as: "admin" })).json;
  const unknown = (name: string) => ({
    error: { code: "bad_request", message: `The body has the unknown field "${name}".` },
  });
  expect(await post("/session", { token: open.tokens.admin, role: "admin" })).toEqual(unknown("role"));
  expect(await post("/responses/pause", { force: true })).toEqual(unknown("force"));
  expect(await post("/exceptions", '{"yaml":"x","__proto__":{"x":1}}')).toEqual(unknown("__proto__"));
  expect(open.requests).toEqual([]);
});
