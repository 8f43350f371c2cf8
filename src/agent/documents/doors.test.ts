import { readFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { parseOrigin } from "../../config/origin.ts";
import { isObject } from "../../event/document.ts";
import { Event } from "../../event/event.ts";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import { type Inbox, openInbox } from "../../source/inbox.ts";
import { splitList } from "../../source/split.ts";
import { type OpenDoor, openDoors, type WantedDoor } from "./doors.ts";

const settings: WantedDoor["settings"] = {
  certificate: "",
  key: "",
  client_authority: "",
  token: "",
  token_file: "",
  max_body: 100_000,
  max_event: 1000,
  max_rate: 0,
};
const objects = splitList((value, { time }) =>
  isObject(value) ? { time, value } : { reason: "no_object", message: "it is no object" },
);

let open: readonly OpenDoor[] = [];
afterEach(async () => {
  await Promise.all(open.map((door) => door.close()));
  open = [];
});

function wanted(from: string, intake: Inbox, more: Partial<WantedDoor["settings"]> = {}): WantedDoor {
  const at = parseOrigin(from);
  if ("wrong" in at || at.kind !== "http") throw new Error(from);
  return { at, keys: `sources.json.${intake.name}`, settings: { ...settings, ...more }, split: objects, intake };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Judges everything in a box, as a loop would. */
function judge(...inboxes: readonly Inbox[]): () => void {
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

test("sources with one address share it, each with its own path and token", async () => {
  const [one, two] = [openInbox("one", { most: 10 }), openInbox("two", { most: 10 })];
  const port = await freePort();
  const at = `http://127.0.0.1:${port}`;
  open = await openDoors([wanted(`${at}/one`, one), wanted(`${at}/two`, two, { token: "s3cret" })]);
  expect(open.map(({ url }) => url)).toEqual([`${at}/one`, `${at}/two`]);
  const stop = judge(one, two);
  expect(await post(`${at}/one`, { a: 1 })).toEqual([200, '{"accepted":1}\n']);
  expect((await post(`${at}/two`, { a: 1 }))[0]).toBe(401);
  expect((await post(`${at}/two`, [{ a: 1 }, {}], { authorization: "Bearer s3cret" }))[0]).toBe(200);
  stop();
  expect([one.given, two.given]).toEqual([1, 2]);
  expect(open.map(({ counts, answers }) => [counts.from, counts.accepted, Object.fromEntries(answers)])).toEqual([
    [`${at}/one`, 1, { 200: 1 }],
    [`${at}/two`, 2, { 200: 1, 401: 1 }],
  ]);
  await open[0].close();
  expect((await post(`${at}/two`, {}))[0]).toBe(401);
});

test("a full source sends everything back, and says when to come again", async () => {
  const inbox = openInbox("one", { most: 2 });
  open = await openDoors([wanted("http://127.0.0.1:0/in", inbox)]);
  const [{ url }] = open;
  const first = post(url, [{}, {}]);
  await expect.poll(() => inbox.waiting).toBe(2);
  const response = await fetch(url, { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
  const stop = judge(inbox);
  expect(await first).toEqual([200, '{"accepted":2}\n']);
  expect((await post(url, {}))[0]).toBe(200);
  stop();
});

test("what is on its way when the door closes is answered once it is judged", async () => {
  const inbox = openInbox("one", { most: 10 });
  open = await openDoors([wanted("http://127.0.0.1:0/in", inbox)]);
  const [door] = open;
  const answer = post(door.url, { a: 1 });
  await expect.poll(() => inbox.waiting).toBe(1);
  const closing = door.close();
  await expect(post(door.url, {})).rejects.toThrow();
  const stop = judge(inbox);
  expect(await answer).toEqual([200, '{"accepted":1}\n']);
  await closing;
  stop();
});

test("doors that can't be told apart or opened are told of in one sentence, and leave none open", async () => {
  const inbox = openInbox("one", { most: 10 });
  const port = await freePort();
  const at = `http://127.0.0.1:${port}`;
  const opened = (...doors: readonly WantedDoor[]) => openDoors(doors);
  await expect(opened(wanted(`${at}/in`, inbox), wanted(`${at}/in`, inbox))).rejects.toThrow(
    `Two sources can't be posted to one address: ${at}/in.`,
  );
  await expect(opened(wanted("https://127.0.0.1:0/in", inbox))).rejects.toThrow(
    "https://127.0.0.1:0/in takes a certificate: sources.json.one.certificate.",
  );
  await expect(opened(wanted(`${at}/in`, inbox, { client_authority: "/ca" }))).rejects.toThrow("over HTTPS only");
  const other = wanted(`https://127.0.0.1:${port}/other`, inbox, { certificate: "/c" });
  await expect(opened(wanted(`${at}/in`, inbox), other)).rejects.toThrow("they have to be the same");
  await expect(opened(wanted(`${at}/in`, inbox), wanted("http://192.0.2.1:0/in", inbox))).rejects.toThrow(
    "The door of sources.json.one cannot listen on 192.0.2.1, port 0: this machine does not have the address. Set sources.json.one.from",
  );
  await expect(fetch(`${at}/in`)).rejects.toThrow();
});

test("a door that everybody can reach and nobody has to show anything at is told of", async () => {
  const inbox = openInbox("one", { most: 10 });
  const words: string[] = [];
  const any = (path: string, more: Partial<WantedDoor["settings"]>) => wanted(`http://0.0.0.0:0/${path}`, inbox, more);
  const doors = [any("a", {}), any("b", { token: "s3cret" }), wanted("http://127.0.0.1:0/c", inbox)];
  open = await openDoors(doors, ({ level, message }) => words.push(`${level} ${message}`));
  expect(words).toEqual([
    "warning http://0.0.0.0:0/a accepts requests from any machine without authentication: neither a token nor a client certificate is required.",
  ]);
});

test("over HTTPS the wrong certificate is refused, and the rest goes on", needs("openssl"), async () => {
  const { at, read } = makeCertificates();
  const inbox = openInbox("one", { most: 10 });
  const files = { certificate: at("server.crt"), key: at("server.key"), client_authority: at("ca.crt") };
  open = await openDoors([wanted("https://127.0.0.1:0/in", inbox, files)]);
  const stop = judge(inbox);
  const secure = (own: object) =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const options = { method: "POST", headers, ca: readFileSync(at("ca.crt")), ...own };
      request(open[0].url, options, async (response) => resolve([response.statusCode, await text(response)]))
        .on("error", reject)
        .end("{}");
    });
  expect(await secure({})).toEqual([403, "A client certificate is required.\n"]);
  expect(await secure({ cert: read("client.crt"), key: read("client.key") })).toEqual([200, '{"accepted":1}\n']);
  stop();
});
