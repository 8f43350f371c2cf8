// Those who follow what happens (server-sent events): how many may, and how long.
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { mistakeIn } from "../src/api/mistake.ts";
import { openTestPage, type TestPage } from "../src/api/page.fixture.ts";
import type { Schema } from "../src/api/schema.ts";
import { Alert, StateChange } from "../src/api/schemas/alert.ts";
import { Status } from "../src/api/schemas/status.ts";
import { addUser, removeUser } from "../src/api/users.ts";
import { entry } from "../src/journal/alerts.fixture.ts";

let page: TestPage | undefined;
afterEach(() => page?.close());

interface Follower {
  readonly status: number;
  /** What has come so far. */
  text(): string;
  /** Settles when the server has ended it. */
  readonly ended: Promise<void>;
  leave(): void;
}

function follow({ url }: TestPage, token: string): Promise<Follower> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const asked = request(`${url}/api/v1/events`, { headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (bytes) => {
        text += bytes;
      });
      const ended = new Promise<void>((end) => response.on("close", end).on("error", () => end()));
      resolve({ status: response.statusCode ?? 0, text: () => text, ended, leave: () => asked.destroy() });
    });
    asked.on("error", reject).end();
  });
}

test("whoever is no user any more hears nothing any more", async () => {
  page = await openTestPage([entry(1)]);
  const users = join(page.folder, "users.json");
  const token = addUser(users, "gone", "viewer");
  await sleep(600); // the file is looked at twice a second
  const follower = await follow(page, token);
  expect(follower.status).toBe(200);
  removeUser(users, "gone");
  await follower.ended;
  const before = follower.text();
  await page.append([entry(2)]);
  expect(follower.text()).toBe(before);
});

test("every kind of event fits its schema", async () => {
  page = await openTestPage([entry(1)]);
  const { json } = await page.ask("/api/v1/alerts", { as: "viewer" });
  const id = /"id":"([^"]+)"/.exec(JSON.stringify(json))?.[1] ?? "";
  const follower = await follow(page, page.tokens.viewer);
  const kinds: Readonly<Record<string, Schema>> = { alert: Alert, state: StateChange, status: Status };
  const heard = (): string[][] =>
    [...follower.text().matchAll(/^event: (\w+)\n(?:id: .*\n)?data: (.*)\n\n/gm)].map(([, ...event]) => event);
  await expect.poll(() => heard().length, { timeout: 60_000 }).toBeGreaterThan(0); // it follows
  await page.append([entry(2)]);
  await page.ask(`/api/v1/alerts/${id}/state`, { method: "POST", as: "responder", body: { state: "acknowledged" } });
  await expect
    .poll(() => new Set(heard().map(([kind]) => kind)), { timeout: 60_000 })
    .toEqual(new Set(Object.keys(kinds)));
  for (const [kind = "", data = ""] of heard()) expect(mistakeIn(kinds[kind]!, JSON.parse(data)), data).toBeUndefined();
  follower.leave();
});

test("whoever goes away at once, or asks for the head alone, takes nobody's place", async () => {
  page = await openTestPage([entry(1)]);
  const { hostname, port } = new URL(page.url);
  const headers = `host: localhost\r\nauthorization: Bearer ${page.tokens.viewer}\r\n`;
  for (let i = 0; i < 40; i++) {
    const socket = connect(Number(port), hostname);
    const method = i % 2 === 0 ? "GET" : "HEAD";
    await new Promise<void>((sent) =>
      socket.write(`${method} /api/v1/events HTTP/1.1\r\n${headers}\r\n`, () => sent()),
    );
    if (method === "HEAD") await once(socket, "data");
    socket.resetAndDestroy();
  }
  await sleep(100);
  const follower = await follow(page, page.tokens.viewer);
  expect(follower.status).toBe(200);
  follower.leave();
});

test("one user leaves room for others, however many connections come at once", async () => {
  page = await openTestPage([entry(1)]);
  const one = page;
  const all = await Promise.all(Array.from({ length: 80 }, () => follow(one, one.tokens.viewer)));
  const statuses = Map.groupBy(all, ({ status }) => status);
  expect(statuses.get(200)?.length).toBe(16);
  expect(statuses.get(503)?.length).toBe(64);
  const other = await follow(one, one.tokens.responder);
  expect(other.status).toBe(200);
  for (const each of [...all, other]) each.leave();
});
