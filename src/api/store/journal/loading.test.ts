import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { idMaker, idText } from "../../../journal/id.ts";
import { openWriter, type Writer } from "../../../journal/write.ts";
import { everything } from "../../filter/filter.ts";
import type { Store } from "../store.ts";
import { Blocks } from "./blocks.ts";
import { journalStore } from "./journal-store.ts";
import { loaded } from "./loading.ts";

const closing: { close(): void }[] = [];
afterEach(() => {
  for (const one of closing.splice(0)) one.close();
});

function journal(): { readonly file: string; readonly writer: Writer; readonly open: () => Store } {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  closing.push(writer);
  const open = (): Store => {
    const store = journalStore(file);
    closing.unshift(store);
    return store;
  };
  return { file, writer, open };
}

const number = async (store: Store): Promise<number> => (await store.count(everything, "rule", 1)).total;
const pids = async (store: Store): Promise<unknown[]> => {
  const found: unknown[] = [];
  let cursor: string | undefined;
  do {
    // On a busy machine, the time limit can end a page early.
    const page = await store.list(everything, { limit: 100, order: "oldest", ...(cursor !== undefined && { cursor }) });
    found.push(...page.alerts.map(({ fields }) => fields["proc.pid"]));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
};

test("while alerts are being loaded, the next page of a list never contains newer alerts", async () => {
  const { writer, open } = journal();
  for (let i = 0; i < 30_000; i += 2000) writer.append(Array.from({ length: 2000 }, (_, j) => entry(i + j)));
  const { next } = await open().list(everything, { limit: 1, order: "newest", cursor: "100" });
  expect(Number(next)).toBeLessThanOrEqual(100);
});

test("recovered alerts are listed and counted, whether they are before, between or after loaded alerts", async () => {
  const { writer, open } = journal();
  const nextId = idMaker(undefined, () => 1_700_000_000_000);
  const ids = Array.from({ length: 4 }, nextId);
  writer.reserve(100);
  writer.append([entry(101)]);
  writer.reserve(30_000);
  writer.append([entry(30_001)]);
  const store = open();
  await expect.poll(() => number(store)).toBe(2);
  const restore = (seq: number): void => {
    writer.transaction(() => writer.restore(seq, ids.pop()!, entry(seq)));
  };
  restore(20_000); // in a range without alerts
  expect(await pids(store)).toEqual([101, 20_000, 30_001]);
  restore(200);
  expect(await pids(store)).toEqual([101, 200, 20_000, 30_001]);
  restore(50);
  expect(await pids(store)).toEqual([50, 101, 200, 20_000, 30_001]);
  restore(29_999);
  expect(await pids(store)).toEqual([50, 101, 200, 20_000, 29_999, 30_001]);
  await expect.poll(() => number(store)).toBe(6);
});

test("a stream resumes after an alert that retention deleted", async () => {
  const { file, writer, open } = journal();
  const ids = writer.append(Array.from({ length: 10 }, (_, i) => entry(i))).map((id) => idText(id!));
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec("DELETE FROM alert WHERE seq <= 3 OR seq = 6");
  db.close();
  const store = open();
  const after = async (id: string): Promise<unknown[]> => {
    const { alerts } = await store.after(everything, (await store.cursorOf(id)) ?? (await store.end()), 100);
    return alerts.map(({ fields }) => fields["proc.pid"]);
  };
  expect(await after(ids[1]!)).toEqual([3, 4, 6, 7, 8, 9]);
  expect(await after(ids[5]!)).toEqual([6, 7, 8, 9]);
  expect(await after(ids[6]!)).toEqual([7, 8, 9]);
  expect(await after(ids[9]!)).toEqual([]);
  expect(await after("ffffffff-ffff-7fff-bfff-ffffffffffff")).toEqual([]);
  expect(await store.cursorOf("none")).toBeUndefined();
});

test("the oldest alert in the status is the alert with the earliest time", async () => {
  const { file, writer, open } = journal();
  const time = (hour: number): { readonly time: bigint } => ({
    time: BigInt(Date.UTC(2026, 0, 1, hour)) * 1_000_000n,
  });
  writer.append([entry(1, time(9)), entry(2, time(5)), entry(3, time(7)), entry(4, time(8))]);
  const store = open();
  expect((await store.facts()).oldest).toBe("2026-01-01T05:00:00.000000000Z");
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec("DELETE FROM alert WHERE seq <= 2");
  db.close();
  expect((await store.facts()).oldest).toBe("2026-01-01T07:00:00.000000000Z");
});

test("waiting for alerts ends when the journal is replaced", async () => {
  const { file } = journal();
  const db = new DatabaseSync(file, { readOnly: true });
  closing.unshift(db);
  const blocks = new Blocks(db);
  blocks.close();
  await expect(loaded(blocks, 0)).rejects.toMatchObject({ status: 503 });
});
