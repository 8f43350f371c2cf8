import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { bodyOf, podOf } from "../bench/audit/events.ts";
import { podsIn, type Running, startRun } from "../bench/audit/run.ts";
import { podsOf, type Sent, send } from "../bench/audit/sender.ts";

// The long version is `npm run bench:audit`: 5,000 events per second for a minute.

let running: Running | undefined;
afterEach(async () => {
  await running?.end("SIGKILL");
  running = undefined;
});

const RULE = "Pod exec or attach session opened";

async function begin(journal: string, port: number, ...settings: readonly string[]): Promise<Running> {
  running = await startRun(journal, port, ...settings);
  return running;
}

const post = (url: string, body: string): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });

const newJournal = (): string => join(mkdtempSync(join(tmpdir(), "eyas-audit-")), "journal.db");

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

test("all audit events of a flood are evaluated, and each alert is stored once", { timeout: 120_000 }, async () => {
  const journal = newJournal();
  const eyas = await begin(journal, await freePort());
  const sent = await send({ url: eyas.url, rate: 2500, seconds: 4 });
  expect([sent.events, sent.refused, sent.broken]).toEqual([10_000, 0, 0]);
  expect(await eyas.figure("eyas_events_total", 'source="k8s_audit"')).toBe(10_000);
  expect(await eyas.figure("eyas_listener_requests_total", 'status="200"')).toBe(100);
  expect(await eyas.end("SIGTERM")).toBe(0);
  running = undefined;
  const pods = podsIn(journal, RULE);
  expect([...pods.keys()].sort()).toEqual(podsOf(sent).sort());
  expect(new Set(pods.values())).toEqual(new Set([1]));
});

test("after a kill during a flood, events that got the response 200 have their alerts in the journal, once even if they are resent", {
  timeout: 120_000,
}, async () => {
  const [journal, port] = [newJournal(), await freePort()];
  const first = await begin(journal, port);
  const abort = new AbortController();
  const flood = send({ url: first.url, rate: 3000, seconds: 60, alarming: 5, signal: abort.signal });
  while ((await first.figure("eyas_events_total", 'source="k8s_audit"')) < 4000) await sleep(50);
  const list = bodyOf(2_000_000, 100, 5);
  expect((await post(first.url, list)).status).toBe(200);
  await first.end("SIGKILL");
  abort.abort();
  const before = await flood;
  expect(before.events).toBeGreaterThan(3000);

  const second = await begin(journal, port);
  const after = await send({ url: second.url, rate: 1000, seconds: 1, alarming: 5, from: 1_000_000 });
  expect(after.events).toBe(1000);
  // The API server resends a list if it received no response.
  expect((await post(second.url, list)).status).toBe(200);
  expect(await second.end("SIGTERM")).toBe(0);
  running = undefined;
  const pods = podsIn(journal, RULE);
  const wanted = [...podsOf(before, 5), ...podsOf(after, 5)];
  expect(wanted.filter((pod) => !pods.has(pod))).toEqual([]);
  const repeated = Array.from({ length: 20 }, (_, i) => pods.get(podOf(2_000_000 + 5 * i)));
  expect(new Set(repeated)).toEqual(new Set([1]));
});

test("requests above the limit are rejected and retried: no event is lost and no alert is raised twice", {
  timeout: 120_000,
}, async () => {
  const journal = newJournal();
  const eyas = await begin(journal, await freePort());
  // Concurrent lists exceed the limit of waiting events, unless this process is slower than the program.
  const sent: Sent[] = [];
  while (sent.every(({ repeated }) => repeated === 0) && sent.length < 10)
    sent.push(await send({ url: eyas.url, rate: 1_000_000, seconds: 0.03, list: 5000, from: 30_000 * sent.length }));
  for (const { events, refused, broken } of sent) expect([events, refused, broken]).toEqual([30_000, 0, 0]);
  const repeated = sent.at(-1)?.repeated ?? 0;
  expect(repeated).toBeGreaterThan(0);
  expect(await eyas.figure("eyas_listener_requests_total", 'status="429"')).toBe(repeated);
  expect(await eyas.figure("eyas_events_total", 'source="k8s_audit"')).toBe(30_000 * sent.length);
  await eyas.end("SIGTERM");
  running = undefined;
  const pods = podsIn(journal, RULE);
  expect([pods.size, new Set(pods.values())]).toEqual([300 * sent.length, new Set([1])]);
});
