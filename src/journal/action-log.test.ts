import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { stepOf } from "./action-entry.fixture.ts";
import type { ActionEntry } from "./action-entry.ts";
import { type ActionLog, openActionLog } from "./action-log.ts";
import { openActionLogWriter } from "./action-log-writer.ts";
import { entry, newJournal, reading } from "./alerts.fixture.ts";
import { type JournalNotice, openDurableWriter } from "./durable-writer.ts";
import { turnSwitch } from "./switch.ts";
import { openWriter } from "./write.ts";

const limits = { maxAge: 0, maxSize: 0 };

/** Creates a journal with `alerts` alerts and the given entries. */
function journalWith(alerts: number, steps: readonly ActionEntry[]): string {
  const file = newJournal();
  const writer = openWriter(file, limits);
  writer.append(Array.from({ length: alerts }, (_, i) => entry(i + 1, { rule: `Rule ${i + 1}` })));
  const actionLog = openActionLogWriter(file);
  actionLog?.write(steps, { name: "responses", seq: alerts });
  actionLog?.close();
  writer.close();
  return file;
}

function looking<T>(file: string, look: (trail: ActionLog) => T): T {
  const trail = openActionLog(file);
  if (trail === undefined) throw new Error(`there is no journal at ${file}`);
  try {
    return look(trail);
  } finally {
    trail.close();
  }
}

test("an entry is read unchanged, with its alert, and updated in place", () => {
  const waiting = stepOf(1, { state: "waiting", asked: undefined, ended: undefined, answer: undefined });
  const skipped = stepOf(2, { state: "skipped", why: "cooldown", target: undefined, scope: "app x", dryRun: true });
  const file = journalWith(2, [waiting, skipped]);
  looking(file, (trail) => {
    expect(trail.of(1)).toEqual([waiting]);
    expect(trail.page({}, 10)).toMatchObject([
      { ...skipped, alert: { rule: "Rule 2" } },
      { ...waiting, alert: { rule: "Rule 1" } },
    ]);
    expect(trail.ofAll([1, 2, 3])).toEqual(
      new Map([
        [1, [waiting]],
        [2, [skipped]],
        [3, []],
      ]),
    );
  });
  const actionLog = openActionLogWriter(file);
  expect(actionLog?.open()).toEqual([waiting]);
  expect(actionLog?.lastId()).toBe(2);
  const done = stepOf(1);
  actionLog?.write([done]);
  expect(actionLog?.open()).toEqual([]);
  expect(actionLog?.askedSince(0)).toMatchObject([{ action: "host:kill", target: "process 1", state: "done" }]);
  actionLog?.close();
  expect(reading(file, (reader) => [reader.steps(1), reader.position("responses")])).toEqual([[done], 2]);
});

test("history is paginated and filtered, newest first", () => {
  const steps = Array.from({ length: 30 }, (_, i) =>
    stepOf(i + 1, {
      ...(i % 3 === 0 && { state: "failed" }),
      ...(i % 2 === 0 && { action: "host:stop", response: "Other" }),
    }),
  );
  const file = journalWith(30, steps);
  looking(file, (trail) => {
    const ids: number[] = [];
    for (let before: number | undefined; ; ) {
      const page = trail.page(before === undefined ? {} : { before }, 7);
      if (page.length === 0) break;
      ids.push(...page.map(({ id }) => id));
      before = page.at(-1)?.id;
    }
    expect(ids).toEqual(steps.map(({ id }) => id).reverse());
    const all = (query: Parameters<ActionLog["page"]>[0]): number => trail.page(query, 100).length;
    expect(all({ states: ["failed"] })).toBe(10);
    expect(all({ states: ["failed", "done"], action: "host:stop" })).toBe(15);
    expect(all({ response: "Other", states: ["failed"] })).toBe(5);
    expect(all({ target: "process 7" })).toBe(1);
    expect(all({ since: stepOf(21).time })).toBe(10);
    expect(trail.counts()).toEqual([
      { action: "host:kill", state: "done", count: 10 },
      { action: "host:kill", state: "failed", count: 5 },
      { action: "host:stop", state: "done", count: 10 },
      { action: "host:stop", state: "failed", count: 5 },
    ]);
    expect(trail.counts(stepOf(30).time)).toEqual([{ action: "host:kill", state: "done", count: 1 }]);
  });
});

test("entries are written atomically", () => {
  const file = journalWith(1, []);
  const actionLog = openActionLogWriter(file);
  const bad = { ...stepOf(2), key: undefined as unknown as string };
  expect(() => actionLog?.write([stepOf(1), bad], { name: "responses", seq: 9 })).toThrow();
  actionLog?.close();
  looking(file, (trail) => expect(trail.page({}, 10)).toEqual([]));
  expect(reading(file, (reader) => reader.position("responses"))).toBe(1);
});

test("the last pause or resumption is stored with its user", () => {
  const file = journalWith(1, []);
  looking(file, (trail) => expect(trail.switch()).toBeUndefined());
  const change = { time: 5, paused: true, who: "alice", reason: "deploying" };
  expect(turnSwitch(file, change)).toBe(true);
  looking(file, (trail) => expect(trail.switch()).toEqual(change));
  turnSwitch(file, { ...change, paused: false });
  looking(file, (trail) => expect(trail.switch()?.paused).toBe(false));
  const empty = newJournal();
  writeFileSync(empty, "");
  expect(turnSwitch(empty, change)).toBe(false);
  const missing = `${empty}-missing`;
  expect([turnSwitch(missing, change), openActionLogWriter(missing)]).toEqual([false, undefined]);
  expect(existsSync(missing)).toBe(false);
  expect(openActionLog(newJournal())).toBeUndefined();
});

test("entries are deleted with their alerts, unless the action has not ended", () => {
  const file = newJournal();
  let clock = Date.now();
  const durable = openDurableWriter(
    { file, limits: { maxAge: 86_400_000, maxSize: 0 } },
    () => {},
    () => clock,
    () => clock,
  );
  durable.append([entry(1), entry(2)]);
  const actionLog = openActionLogWriter(file);
  actionLog?.write([stepOf(1), stepOf(2, { state: "asked", ended: undefined })]);
  actionLog?.close();
  clock += 2 * 86_400_000;
  durable.enforceLimits(1e9);
  durable.close();
  looking(file, (trail) => expect(trail.page({}, 10)).toMatchObject([{ id: 2, alert: undefined }]));
});

test("recovery of a damaged journal keeps the action log and the paused state", () => {
  const steps = Array.from({ length: 50 }, (_, i) => stepOf(i + 1));
  const file = journalWith(3000, steps);
  const change = { time: 5, paused: true, who: "alice", reason: "" };
  turnSwitch(file, change);
  const bytes = readFileSync(file);
  for (let page = 50; page < 54; page++) bytes.fill(0xff, page * 4096, (page + 1) * 4096);
  writeFileSync(file, bytes);
  // Simulates SIGKILL, because a journal is not checked on opening if it was closed properly.
  const db = new DatabaseSync(file);
  db.exec("UPDATE state SET value = 0 WHERE name = 'clean'");
  db.close();
  const news: JournalNotice[] = [];
  const durable = openDurableWriter({ file, limits }, (one) => news.push(one));
  durable.append([entry(9)]);
  while (durable.watch());
  durable.close();
  expect(news).toMatchObject([{ kind: "replaced" }, { kind: "recovered" }]);
  looking(file, (trail) => {
    expect(trail.page({}, 100).map(({ id }) => id)).toEqual(steps.map(({ id }) => id).reverse());
    expect(trail.switch()).toEqual(change);
  });
});
