import { readFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { isObject } from "../../event/document.ts";
import { Event } from "../../event/event.ts";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import { defaultsOf } from "../../setting/shape.ts";
import { type Inbox, openInbox } from "../inbox.ts";
import { sourceKeys } from "../keys.ts";
import { parseOrigin } from "../origin/parse.ts";
import { splitList } from "../split.ts";
import { type HttpFeed, type HttpFeedRequest, openHttpFeeds } from "./open.ts";

const settings = { ...defaultsOf(sourceKeys), max_body: 100_000, max_event: 1000 };
const objects = splitList((value, { time }) =>
  isObject(value) ? { time, value } : { reason: "no_object", message: "it is no object" },
);

let open: readonly HttpFeed[] = [];
afterEach(async () => {
  await Promise.all(open.map((feed) => feed.close()));
  open = [];
});

function wanted(from: string, intake: Inbox, more: Partial<HttpFeedRequest["settings"]> = {}): HttpFeedRequest {
  const origin = parseOrigin(from);
  if ("wrong" in origin || origin.kind !== "http") throw new Error(from);
  const reader = { split: objects };
  const source = intake.name;
  return { source, origin, keys: `sources.json.${source}`, settings: { ...settings, ...more }, reader, intake };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Evaluates all documents in the inboxes, as the agent does. */
function evaluate(...inboxes: readonly Inbox[]): () => void {
  const event = new Event();
  const timer = setInterval(() => {
    for (const inbox of inboxes) {
      while (inbox.next(event));
      inbox.settle();
    }
  }, 5);
  return () => clearInterval(timer);
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const sent = { "content-type": "application/json", ...headers };
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers: sent });
  return [response.status, await response.text()];
}

test("sources with the same address share a listener, each with its own path and token", async () => {
  const [one, two] = [openInbox("one", { most: 10 }), openInbox("two", { most: 10 })];
  const port = await freePort();
  const at = `http://127.0.0.1:${port}`;
  open = await openHttpFeeds([wanted(`${at}/one`, one), wanted(`${at}/two`, two, { token: "s3cret" })]);
  expect(open.map(({ url }) => url)).toEqual([`${at}/one`, `${at}/two`]);
  const stop = evaluate(one, two);
  expect(await post(`${at}/one`, { a: 1 })).toEqual([200, '{"accepted":1}\n']);
  expect((await post(`${at}/two`, { a: 1 }))[0]).toBe(401);
  expect((await post(`${at}/two`, [{ a: 1 }, {}], { authorization: "Bearer s3cret" }))[0]).toBe(200);
  stop();
  expect([one.given, two.given]).toEqual([1, 2]);
  expect(open.map(({ counts, answers }) => [counts.from, counts.accepted, Object.fromEntries(answers)])).toEqual([
    [`${at}/one`, 1, { 200: 1 }],
    [`${at}/two`, 2, { 200: 1, 401: 1 }],
  ]);
  await open[0]!.close();
  expect((await post(`${at}/two`, {}))[0]).toBe(401);
});

test("a request that is too large is counted and reported once the sender has authenticated", async () => {
  const inbox = openInbox("one", { most: 2 });
  const heard: unknown[] = [];
  const bodyTooLarge = (body: unknown) => void heard.push(body);
  open = await openHttpFeeds([{ ...wanted("http://127.0.0.1:0/in", inbox, { token: "s3cret" }), bodyTooLarge }]);
  const { url, counts } = open[0]!;
  const body = "x".repeat(100_000);
  expect((await post(url, body))[0]).toBe(401);
  expect(heard).toEqual([]);
  expect((await post(url, body, { authorization: "Bearer s3cret" }))[0]).toBe(413);
  expect(heard).toEqual([{ peer: "127.0.0.1", bytes: 100_002, reason: "The body exceeds the limit of 100000 bytes." }]);
  expect([...counts.refused]).toEqual([["body_too_large", 1]]);
});

test("a full source rejects the whole request with Retry-After", async () => {
  const inbox = openInbox("one", { most: 2 });
  open = await openHttpFeeds([wanted("http://127.0.0.1:0/in", inbox)]);
  const { url } = open[0]!;
  const first = post(url, [{}, {}]);
  await expect.poll(() => inbox.waiting).toBe(2);
  const response = await fetch(url, { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
  const stop = evaluate(inbox);
  expect(await first).toEqual([200, '{"accepted":2}\n']);
  expect((await post(url, {}))[0]).toBe(200);
  stop();
});

test("requests in progress when the listener closes get a response once their events are evaluated", async () => {
  const inbox = openInbox("one", { most: 10 });
  open = await openHttpFeeds([wanted("http://127.0.0.1:0/in", inbox)]);
  const feed = open[0]!;
  const answer = post(feed.url, { a: 1 });
  await expect.poll(() => inbox.waiting).toBe(1);
  const closing = feed.close();
  await expect(post(feed.url, {})).rejects.toThrow();
  const stop = evaluate(inbox);
  expect(await answer).toEqual([200, '{"accepted":1}\n']);
  await closing;
  stop();
});

test("listeners that cannot be opened cause a one-sentence error, and no listener remains open", async () => {
  const inbox = openInbox("one", { most: 10 });
  const port = await freePort();
  const at = `http://127.0.0.1:${port}`;
  const opened = (...requests: readonly HttpFeedRequest[]) => openHttpFeeds(requests);
  await expect(opened(wanted(`${at}/in`, inbox), wanted(`${at}/in`, inbox))).rejects.toThrow(
    `Two sources have the same HTTP address: ${at}/in.`,
  );
  await expect(opened(wanted("https://127.0.0.1:0/in", inbox))).rejects.toThrow(
    "https://127.0.0.1:0/in requires a certificate: set sources.json.one.certificate.",
  );
  await expect(opened(wanted(`${at}/in`, inbox, { client_authority: "/ca" }))).rejects.toThrow(
    "client_authority requires HTTPS",
  );
  const other = wanted(`https://127.0.0.1:${port}/other`, inbox, { certificate: "/c" });
  await expect(opened(wanted(`${at}/in`, inbox), other)).rejects.toThrow("both must use the same certificates");
  await expect(opened(wanted(`${at}/in`, inbox), wanted("http://192.0.2.1:0/in", inbox))).rejects.toThrow(
    "The HTTP listener of sources.json.one cannot listen on 192.0.2.1, port 0: the address is not assigned to this machine. Set sources.json.one.from",
  );
  await expect(fetch(`${at}/in`)).rejects.toThrow();
});

test(
  "over HTTPS, a request without a client certificate is rejected, and other requests are accepted",
  needs("openssl"),
  async () => {
    const { at, read } = makeCertificates();
    const inbox = openInbox("one", { most: 10 });
    const files = { certificate: at("server.crt"), key: at("server.key"), client_authority: at("ca.crt") };
    open = await openHttpFeeds([wanted("https://127.0.0.1:0/in", inbox, files)]);
    const stop = evaluate(inbox);
    const secure = (own: object) =>
      new Promise((resolve, reject) => {
        const headers = { "content-type": "application/json" };
        const options = { method: "POST", headers, ca: readFileSync(at("ca.crt")), ...own };
        request(open[0]!.url, options, async (response) => resolve([response.statusCode, await text(response)]))
          .on("error", reject)
          .end("{}");
      });
    expect(await secure({})).toEqual([403, "A client certificate is required.\n"]);
    expect(await secure({ cert: read("client.crt"), key: read("client.key") })).toEqual([200, '{"accepted":1}\n']);
    stop();
  },
);
