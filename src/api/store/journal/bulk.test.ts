import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter, type Writer } from "../../../journal/write.ts";
import type { BulkAction } from "../../filter/bulk.ts";
import { everything, type Filter, filterOf } from "../../filter/filter.ts";
import type { BulkChange } from "../../schemas/bulk.ts";
import type { Store } from "../store.ts";
import { journalStore } from "./journal-store.ts";

const COUNT = 1200; // more than two transactions
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

interface Opened {
  readonly file: string;
  readonly writer: Writer;
  readonly store: Store;
}

/** A journal with alerts of two rules. */
function open(count = COUNT, maxAge = 0): Opened {
  const file = newJournal();
  const writer = openWriter(file, { maxAge, maxSize: 0 });
  writer.append(Array.from({ length: count }, (_, i) => entry(i, { rule: i % 3 === 0 ? "rare" : "frequent" })));
  const store = journalStore(file);
  opened.push(writer, store);
  return { file, writer, store };
}

const frequent = (more: Partial<Filter> = {}): Filter => ({
  ...filterOf({ query: "rule = frequent" }, () => true),
  ...more,
});
const start = (store: Store, action: BulkAction, filter = frequent(), more = {}): Promise<BulkChange> =>
  store.changeAll({
    filter,
    query: "query: rule = frequent",
    action,
    text: "",
    user: "rita",
    address: "::1",
    wait: 20,
    ...more,
  });

/** Waits until a bulk change has ended. */
async function ended(store: Store, change: BulkChange): Promise<BulkChange> {
  let latest = change;
  while (latest.state === "running") latest = (await store.bulkChange(change.id)) ?? latest;
  return latest;
}
const change = async (...arguments_: Parameters<typeof start>): Promise<BulkChange> =>
  ended(arguments_[0], await start(...arguments_));
const undo = async (store: Store, { id }: BulkChange): Promise<BulkChange> =>
  ended(store, await store.undoBulk(id, { user: "ada", address: "::2", wait: 20 }));

async function states(store: Store): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const state of ["open", "acknowledged", "closed"] as const) {
    const { total } = await store.count({ ...everything, state }, "rule", 10);
    if (total > 0) found.set(state, total);
  }
  return found;
}
const idsOf = async (store: Store, filter: Filter = everything): Promise<readonly string[]> =>
  (await store.list(filter, { limit: 5000, order: "newest" })).alerts.map(({ id }) => id);
const setState = (store: Store, id = "", state: "open" | "acknowledged" | "closed", user: string): Promise<void> =>
  store.setState(id, { state, user, text: "" });

test("all alerts that match are closed, with one audit entry that has the query and the number", async () => {
  const { store } = open();
  const done = await change(store, "close", frequent(), { text: "resolved: patched" });
  expect(done).toMatchObject({ state: "done", total: 800, changed: 800, action: "close", user: "rita" });
  expect(await states(store)).toEqual(
    new Map([
      ["open", 400],
      ["closed", 800],
    ]),
  );
  const { entries } = await store.audit({ limit: 10 });
  expect(entries).toMatchObject([{ user: "rita", address: "::1", action: "close all", target: "800 alerts" }]);
  expect(entries[0]?.detail).toBe("resolved: patched\nquery: rule = frequent");
  const [id = ""] = await idsOf(store, frequent());
  expect(await store.alert(id)).toMatchObject({ state: "closed", assignee: "rita", comments: 1 });
  expect(await store.comments(id)).toMatchObject([{ user: "rita", state: "closed", text: "resolved: patched" }]);
});

test("an action changes only alerts in states to which the action applies", async () => {
  const { store } = open(30);
  const [first, second] = await idsOf(store, frequent());
  await setState(store, first, "acknowledged", "ann");
  await setState(store, second, "closed", "ann");
  expect(await change(store, "acknowledge")).toMatchObject({ changed: 18 });
  expect(await change(store, "close", frequent({ state: "acknowledged" }))).toMatchObject({ changed: 19 });
  expect(await change(store, "reopen")).toMatchObject({ changed: 20 });
  expect(await change(store, "comment", frequent(), { text: "look" })).toMatchObject({ changed: 20 });
  expect(await store.alert(first ?? "")).toMatchObject({ state: "open", comments: 1 });
});

test("alerts that were stored after the given alert are not changed", async () => {
  const { store, writer } = open(30);
  const [newest = ""] = await idsOf(store);
  writer.append([entry(31, { rule: "frequent" })]);
  expect(await change(store, "close", frequent(), { newest })).toMatchObject({ changed: 20 });
  expect((await store.count({ ...frequent(), state: "open" }, "rule", 10)).total).toBe(1);
});

test("an undo restores states and assignees exactly, except for alerts that another user has changed since then", async () => {
  const { store } = open();
  const [acknowledged = "", changed = "", closed = ""] = await idsOf(store, frequent());
  await setState(store, acknowledged, "acknowledged", "ann");
  await setState(store, closed, "closed", "bob");
  const done = await change(store, "close");
  expect(done).toMatchObject({ changed: 799, undoUntil: expect.any(String) });
  await setState(store, changed, "acknowledged", "cleo");
  await store.comment(acknowledged, { user: "cleo", text: "only a comment" });

  const undone = await undo(store, done);
  expect(undone).toMatchObject({ state: "done", action: "undo", total: 799, changed: 798, undoes: done.id });
  expect(undone.undoUntil).toBeUndefined();
  expect(await store.alert(acknowledged)).toMatchObject({ state: "acknowledged", assignee: "ann" });
  expect(await store.alert(closed)).toMatchObject({ state: "closed", assignee: "bob" });
  expect(await store.alert(changed)).toMatchObject({ state: "acknowledged", assignee: "cleo" });
  expect(await states(store)).toEqual(
    new Map([
      ["open", 1197],
      ["acknowledged", 2],
      ["closed", 1],
    ]),
  );
  expect((await store.comments(acknowledged)).at(-1)).toMatchObject({ user: "ada", text: "Undo of a bulk change." });
  expect((await store.audit({ limit: 1 })).entries).toMatchObject([
    { user: "ada", address: "::2", action: "undo change", target: "799 alerts" },
  ]);
});

test("a change can be undone once, for an hour, and only if it changed states", async () => {
  const { store, file } = open(30);
  const refused = (of: BulkChange) => expect(undo(store, of)).rejects;
  await refused(await change(store, "comment", frequent(), { text: "look" })).toThrow("Comments cannot be undone.");
  const first = await change(store, "acknowledge");
  await undo(store, first);
  await refused(first).toThrow("has already been undone");
  const second = await change(store, "acknowledge");
  const db = new DatabaseSync(file);
  db.exec(`UPDATE bulk_change SET updated = updated - 3600001 WHERE id = ${second.id}`);
  db.close();
  await refused(second).toThrow("only within one hour");
  await refused(await change(store, "acknowledge")).toThrow("has changed no alerts");
  await expect(store.undoBulk("1 OR 1", { user: "ada", address: "", wait: 0 })).rejects.toThrow("not found");
});

test("at most two changes run at a time", async () => {
  const { store } = open();
  const results = await Promise.allSettled([1, 2, 3].map(() => start(store, "comment", everything, { text: "look" })));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  expect(results[2]).toMatchObject({ reason: { status: 503, code: "busy" } });
  for (const result of results) if (result.status === "fulfilled") await ended(store, result.value);
  expect(await start(store, "comment", everything, { text: "look" })).toMatchObject({ user: "rita" });
});

test("a change that is interrupted by a stop reports its progress, and can be undone", async () => {
  const { store, file } = open(5000);
  const started = start(store, "close", everything);
  const db = new DatabaseSync(file);
  opened.push(db);
  const changed = () => Number(db.prepare("SELECT changed FROM bulk_change").get()?.changed ?? 0);
  while (changed() === 0) await new Promise((resolve) => setImmediate(resolve));
  opened.splice(opened.indexOf(store), 1);
  store.close();
  await started.catch(() => {});
  const count = changed();
  expect(count).toBeLessThan(5000);

  const next = journalStore(file);
  opened.push(next);
  const interrupted = await next.bulkChange("1");
  expect(interrupted).toMatchObject({ state: "interrupted", total: 5000, changed: count });
  expect((await next.audit({ limit: 1 })).entries).toMatchObject([
    { user: "rita", action: "close all interrupted", target: `${count} of 5000 alerts` },
  ]);
  expect((await states(next)).get("closed")).toBe(count);
  if (interrupted !== undefined) await undo(next, interrupted);
  expect(await states(next)).toEqual(new Map([["open", 5000]]));
});

test("a change whose process was killed is reported as interrupted", async () => {
  const { store, file } = open(30);
  const done = await change(store, "close");
  const db = new DatabaseSync(file);
  const kill = (age: number) =>
    db.exec(`UPDATE bulk_change SET outcome = NULL, updated = ${Date.now() - age} WHERE id = ${done.id}`);
  kill(0);
  expect(await store.bulkChange(done.id)).toMatchObject({ state: "running" });
  kill(61_000);
  expect(await store.bulkChange(done.id)).toMatchObject({ state: "interrupted", changed: 20 });
  await change(store, "acknowledge");
  const { entries } = await store.audit({ limit: 10 });
  expect(entries.map(({ action }) => action)).toContain("close all interrupted");
  db.close();
});

test("event streams receive the ID of a bulk change instead of the state change of each alert", async () => {
  const { store } = open(30);
  const [id = ""] = await idsOf(store, { ...filterOf({ query: "rule = rare" }, () => true) });
  const { number } = await store.changesAfter(-1);
  const done = await change(store, "close");
  await setState(store, id, "closed", "ann");
  const found = await store.changesAfter(number);
  expect(found).toMatchObject({ changes: [{ id, state: "closed", user: "ann" }], bulk: done.id });
  expect((await store.changesAfter(found.number)).bulk).toBeUndefined();
});

test("alerts that retention deletes lose their bulk change, and a reopened journal has the same states", async () => {
  const { store, writer, file } = open(30, 1000);
  await change(store, "acknowledge");
  const again = journalStore(file);
  expect(await states(again)).toEqual(await states(store));
  again.close();
  writer.enforceLimits(Date.now() + 60_000, () => false);
  const db = new DatabaseSync(file);
  expect(db.prepare("SELECT count(*) AS count FROM comment").get()).toEqual({ count: 0 });
  db.exec("UPDATE bulk_change SET updated = 0");
  writer.append([entry(1, { rule: "frequent" })]);
  await change(store, "acknowledge");
  expect(db.prepare("SELECT count(*) AS count FROM bulk_change").get()).toEqual({ count: 1 });
  db.close();
});
