import { afterAll, expect, test } from "vitest";
import { stepOf } from "../../../journal/action-entry.fixture.ts";
import { openActionLogWriter } from "../../../journal/action-log-writer.ts";
import { entry, newJournal } from "../../../journal/alerts.fixture.ts";
import { openWriter } from "../../../journal/write.ts";
import { type FilterQuery, filterOf } from "../../filter/filter.ts";
import { journalStore } from "./journal-store.ts";

const ALERTS = 400;
const BEGAN = Date.UTC(2026, 0, 1);

const file = newJournal();
const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
writer.append(Array.from({ length: ALERTS }, (_, i) => entry(i + 1, { rule: i % 200 === 0 ? "Rare" : "Common" })));
const log = openActionLogWriter(file);
const steps = Array.from({ length: ALERTS + 1 }, (_, i) =>
  stepOf(i + 1, { seq: i + 1, key: `k${i + 1}`, target: `t${i + 1}`, time: BEGAN + i * 1000 }),
);
log?.write(steps, { name: "responses", seq: ALERTS + 1 });
log?.close();
const store = journalStore(file);
afterAll(() => {
  store.close();
  writer.close();
});

/** The targets of the actions on all pages. */
async function targets(query: FilterQuery, limit = 3): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.responses(filterOf(query, store.isField), { limit, ...(cursor && { cursor }) });
    expect(page.responses.length).toBeLessThanOrEqual(limit);
    found.push(...page.responses.map(({ target }) => target));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

test("responses are selected by the time of the action and by their alert", async () => {
  expect(await targets({}, 100)).toEqual(steps.map(({ target }) => target).reverse());
  const time = (index: number): string => new Date(BEGAN + index * 1000).toISOString();
  expect(await targets({ until: time(2) })).toEqual(["t3", "t2", "t1"]);
  expect(await targets({ since: time(1), until: time(4) })).toEqual(["t5", "t4", "t3", "t2"]);
  expect(await targets({ query: "rule = Rare" })).toEqual(["t201", "t1"]);
  expect(await targets({ query: "rule = Rare", until: time(2) })).toEqual(["t1"]);
  expect(await targets({ query: "proc.pid < 4" })).toEqual(["t3", "t2", "t1"]);
  expect(await targets({ text: "file-7" })).toEqual(["t7"]);
});

test("responses are selected by the state of their alert", async () => {
  const { alerts } = await store.list(filterOf({ query: "proc.pid = 5" }, store.isField), {
    limit: 1,
    order: "newest",
  });
  await store.setState(alerts[0]!.id, { state: "closed", user: "rita", text: "" });
  expect(await targets({ state: "closed" })).toEqual(["t5"]);
  expect(await targets({ state: "open", query: "proc.pid in (4, 5, 6)" })).toEqual(["t6", "t4"]);
});

test("suspended targets are listed, newest first", async () => {
  const more = openActionLogWriter(file);
  const shared = { seq: 5, action: "host:stop", undoneBy: "host:continue", response: "stop" };
  more?.write(
    [1, 2].map((i) => stepOf(1000 + i, { ...shared, key: `s${i}`, target: `process ${i}`, time: BEGAN + i })),
  );
  expect(await store.suspended()).toEqual(
    [2, 1].map((i) => ({
      ...{ id: String(1000 + i), time: new Date(BEGAN + i).toISOString() },
      ...{ target: `process ${i}`, action: "host:stop", response: "stop" },
    })),
  );
  const released = { ...shared, action: "host:continue", undoneBy: undefined };
  more?.write([stepOf(2000, { ...released, key: "s3", target: "process 2" })]);
  more?.close();
  expect((await store.suspended()).map(({ target }) => target)).toEqual(["process 1"]);
});
