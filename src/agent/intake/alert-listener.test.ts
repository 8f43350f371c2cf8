import { mkdtempSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { type Alert, defaultAlertOptions } from "../../alert/alert.ts";
import { loadConfig } from "../../config/load.ts";
import { type Journal, openJournal } from "../../journal/journal.ts";
import { openReader } from "../../journal/read.ts";
import { type AlertListener, type KeepAlerts, openAlertListener } from "./alert-listener.ts";

const sent = {
  hostname: "node-7",
  output: "12:34:56.123456789: Warning Shell in a container (user=root)",
  output_fields: { "evt.time": 1, "proc.name": "sh" },
  priority: "Warning",
  rule: "Terminal shell in container",
  source: "syscall",
  tags: ["shell"],
  time: "2023-11-14T22:13:20.123456789Z",
};

let journal: Journal | undefined;
let intake: AlertListener | undefined;
afterEach(async () => {
  await intake?.close();
  await journal?.close();
  intake = journal = undefined;
});

async function open(keep?: KeepAlerts, ...settings: readonly string[]) {
  const { config, diagnostics } = await loadConfig(undefined, ["alert_intake.listen_port=0", ...settings]);
  expect(diagnostics).toEqual([]);
  const file = join(mkdtempSync(join(tmpdir(), "eyas-intake-")), "journal.db");
  const kept = openJournal({ file, limits: { maxAge: 0, maxSize: 0 } }, () => {});
  journal = kept;
  const opened = await openAlertListener(
    config.alert_intake,
    defaultAlertOptions,
    keep ??
      (async (alerts) => {
        const answer = await kept.append(alerts);
        return "ids" in answer ? undefined : answer.fault;
      }),
  );
  intake = opened;
  return { url: opened.url, file, opened };
}

async function post(url: string, body: string, type = "application/json") {
  const response = await fetch(url, { method: "POST", body, headers: { "content-type": type } });
  return [response.status, await response.text(), response.headers.get("retry-after")] as const;
}

const ok = (alerts: number) => [200, `{"accepted":${alerts}}\n`, null];

test("alerts are in the journal when the response 200 is sent", async () => {
  const { url, file } = await open();
  expect(await post(url, JSON.stringify(sent))).toEqual(ok(1));
  expect(await post(url, JSON.stringify([sent, { ...sent, hostname: "node-8" }]))).toEqual(ok(2));
  expect(await post(url, `${JSON.stringify(sent)}\n${JSON.stringify(sent)}\n`, "application/x-ndjson")).toEqual(ok(2));
  const reader = openReader(file);
  const kept = [...(reader?.read(0, 10) ?? [])];
  reader?.close();
  expect(kept.map(({ hostname }) => hostname)).toEqual(["node-7", "node-7", "node-8", "node-7", "node-7"]);
  expect(kept[0]).toMatchObject({
    rule: "Terminal shell in container",
    priority: "Warning",
    tags: ["shell"],
    time: 1_700_000_000_123_456_789n,
    message: "Shell in a container (user=root)",
    values: ["1", '"sh"'],
  });
});

test("serves the other paths of Falcosidekick", async () => {
  const { url, file } = await open();
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return [response.status, response.headers.get("content-type"), await response.text()];
  };
  expect(await get("/ping")).toEqual([200, "text/plain; charset=utf-8", "pong\n"]);
  expect(await get("/healthz")).toEqual([200, "application/json", '{"status": "ok"}']);
  expect((await get("/"))[0]).toBe(405);
  const response = await fetch(`${url}/test`, { method: "POST" });
  expect([response.status, await response.text()]).toEqual(ok(1).slice(0, 2));
  const reader = openReader(file);
  expect([...(reader?.read(0, 10) ?? [])]).toMatchObject([{ rule: "Test rule", source: "syscall", hostname: "eyas" }]);
  reader?.close();
});

test("invalid alerts are rejected and listed, valid alerts are accepted, and both are counted", async () => {
  const { url, opened } = await open(undefined, "alert_intake.max_alert=1000B");
  const { rule: _, ...nameless } = sent;
  expect(await post(url, "oops")).toEqual([
    400,
    '{"accepted":0,"refused":1,"reasons":[{"part":1,"reason":"invalid JSON"}]}\n',
    null,
  ]);
  expect(await post(url, JSON.stringify([nameless, sent]))).toEqual([
    200,
    '{"accepted":1,"refused":1,"reasons":[{"part":1,"reason":"rule must be a non-empty string"}]}\n',
    null,
  ]);
  expect((await post(url, JSON.stringify({ ...sent, output: "x".repeat(2000) })))[0]).toBe(413);
  expect((await post(url, JSON.stringify(sent), "text/plain"))[0]).toBe(415);
  expect(Object.fromEntries(opened.outcomes)).toEqual({ stored: 1, not_json: 1, incomplete: 1, too_large: 1 });
  expect(Object.fromEntries(opened.answers)).toEqual({ 200: 1, 400: 1, 413: 1, 415: 1 });
});

test("the response is 503 if alerts cannot be stored", async () => {
  const { url, opened } = await open(() => Promise.resolve("full"));
  expect(await post(url, JSON.stringify(sent))).toEqual([503, "Cannot store alerts: the disk is full.\n", "5"]);
  expect(Object.fromEntries(opened.outcomes)).toEqual({ stored: 0, not_stored: 1 });
});

test("the queue of alerts to write is bounded", async () => {
  const disk = Promise.withResolvers<undefined>();
  const begun = Promise.withResolvers<void>();
  const { url } = await open(() => {
    begun.resolve();
    return disk.promise;
  });
  const many = JSON.stringify(new Array(6000).fill(sent));
  const first = post(url, many);
  await begun.promise;
  expect((await post(url, many))[0]).toBe(429);
  disk.resolve(undefined);
  expect(await first).toEqual(ok(6000));
  expect(await post(url, JSON.stringify(sent))).toEqual(ok(1));
});

test("requests without the token are rejected, except for the health check", async () => {
  const { url } = await open(undefined, "alert_intake.token=s3cret");
  expect((await post(url, JSON.stringify(sent)))[0]).toBe(401);
  expect((await fetch(`${url}/test`, { method: "POST" })).status).toBe(401);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const headers = { "content-type": "application/json", authorization: "Bearer s3cret" };
  expect((await fetch(url, { method: "POST", body: JSON.stringify(sent), headers })).status).toBe(200);
});

test("with many concurrent senders and a request for each alert, each alert arrives once", async () => {
  const { url, file } = await open();
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const one = (number: number): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const asked = request(url, { method: "POST", agent, headers }, (response) => {
        void text(response).then(() => resolve(response.statusCode));
      });
      asked.on("error", reject).end(JSON.stringify({ ...sent, output_fields: { number } }));
    });
  const statuses = await Promise.all(Array.from({ length: 2000 }, (_, i) => one(i)));
  agent.destroy();
  expect(new Set(statuses)).toEqual(new Set([200]));
  const reader = openReader(file);
  const numbers = [...(reader?.read(0, 5000) ?? [])].map(({ values }) => Number(values[0]));
  reader?.close();
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
});

test("numbers keep all digits in the JSON of outputs", async () => {
  const taken: Alert[] = [];
  const { url } = await open((alerts) => {
    taken.push(...alerts);
    return Promise.resolve(undefined);
  });
  const body = JSON.stringify(sent).replace('"evt.time":1', '"evt.time":1700000000123456789,"ratio":1.50');
  expect(await post(url, body)).toEqual(ok(1));
  expect(taken[0]?.json).toContain('"output_fields":{"evt.time":1700000000123456789,"proc.name":"sh","ratio":1.50}');
});
