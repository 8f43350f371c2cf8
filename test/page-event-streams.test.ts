// Event streams (server-sent events): their number, content and end.
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

interface EventStream {
  readonly status: number;
  /** Returns the text received so far. */
  text(): string;
  /** Resolves when the server closes the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

function openStream({ url }: TestPage, token: string, query = ""): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = request(`${url}/api/v1/events${query}`, { headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (bytes) => {
        text += bytes;
      });
      const ended = new Promise<void>((end) => response.on("close", end).on("error", () => end()));
      resolve({ status: response.statusCode ?? 0, text: () => text, ended, close: () => sent.destroy() });
    });
    sent.on("error", reject).end();
  });
}

test("the stream of a removed user ends", async () => {
  page = await openTestPage([entry(1)]);
  const users = join(page.folder, "users.json");
  const token = addUser(users, "gone", "viewer");
  await sleep(600); // the users file is checked every half second
  const stream = await openStream(page, token);
  expect(stream.status).toBe(200);
  removeUser(users, "gone");
  await stream.ended;
  const before = stream.text();
  await page.append([entry(2)]);
  expect(stream.text()).toBe(before);
});

test("every kind of event conforms to its schema", async () => {
  page = await openTestPage([entry(1)]);
  const { json } = await page.ask("/api/v1/alerts", { as: "viewer" });
  const id = /"id":"([^"]+)"/.exec(JSON.stringify(json))?.[1] ?? "";
  const stream = await openStream(page, page.tokens.viewer);
  const kinds: Readonly<Record<string, Schema>> = { alert: Alert, state: StateChange, status: Status };
  const received = (): string[][] =>
    [...stream.text().matchAll(/^event: (\w+)\n(?:id: .*\n)?data: (.*)\n\n/gm)].map(([, ...event]) => event);
  await expect.poll(() => received().length, { timeout: 60_000 }).toBeGreaterThan(0); // the stream is then open
  await page.append([entry(2)]);
  await page.ask(`/api/v1/alerts/${id}/state`, { method: "POST", as: "responder", body: { state: "acknowledged" } });
  await expect
    .poll(() => new Set(received().map(([kind]) => kind)), { timeout: 60_000 })
    .toEqual(new Set(Object.keys(kinds)));
  for (const [kind = "", data = ""] of received())
    expect(mistakeIn(kinds[kind]!, JSON.parse(data)), data).toBeUndefined();
  stream.close();
});

test("a stream that follows a list has all alerts and state changes after the list", async () => {
  page = await openTestPage([entry(1), entry(2)]);
  const { json } = await page.ask("/api/v1/alerts", { as: "viewer" });
  const { alerts, follow } = json as { readonly alerts: readonly { readonly id: string }[]; readonly follow: string };
  await page.append([entry(3)]);
  const path = `/api/v1/alerts/${alerts[0]?.id}/state`;
  await page.ask(path, { method: "POST", as: "responder", body: { state: "acknowledged" } });
  const stream = await openStream(page, page.tokens.viewer, `?${new URLSearchParams({ follow })}`);
  const kinds = (): string[] => [...stream.text().matchAll(/^event: (alert|state)$/gm)].map(([, kind = ""]) => kind);
  await expect.poll(kinds, { timeout: 60_000 }).toEqual(["alert", "state"]);
  expect(stream.text()).toContain("/etc/file-3");
  stream.close();
});

test.each(["x", "1", "1_", "1_2~3~4", "-1_2"])("the position %j is rejected", async (follow) => {
  page = await openTestPage([entry(1)]);
  const { status, json } = await page.ask(`/api/v1/events?follow=${follow}`, { as: "viewer" });
  expect(status).toBe(400);
  expect(json).toMatchObject({ error: { message: expect.stringContaining('"follow" is invalid') } });
});

test("aborted connections and HEAD requests do not count towards the limit", async () => {
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
  const stream = await openStream(page, page.tokens.viewer);
  expect(stream.status).toBe(200);
  stream.close();
});

test("the number of streams is limited for each user", async () => {
  page = await openTestPage([entry(1)]);
  const one = page;
  const all = await Promise.all(Array.from({ length: 80 }, () => openStream(one, one.tokens.viewer)));
  const statuses = Map.groupBy(all, ({ status }) => status);
  expect(statuses.get(200)?.length).toBe(16);
  expect(statuses.get(503)?.length).toBe(64);
  const other = await openStream(one, one.tokens.responder);
  expect(other.status).toBe(200);
  for (const each of [...all, other]) each.close();
});
