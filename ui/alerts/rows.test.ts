import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { type Filter, NO_FILTER } from "../../ui-shared/filter/filter.ts";

interface Rows {
  readonly length: number;
  readonly more: { readonly value: boolean };
  at(index: number): Alert | undefined;
  setViewport(first: number, last: number): void;
  fetchMore(): Promise<void>;
  add(alerts: readonly Alert[], show: boolean): void;
  catchUp(show: boolean): Promise<boolean>;
  begin(): Promise<string | undefined>;
  newestId(): string | undefined;
  showPending(): boolean;
  setState(id: string, state: Alert["state"]): number;
  close(): void;
}
// The path is not a literal, so that TypeScript does not apply the types of the browser to the whole program.
const { AlertRows }: { readonly AlertRows: new (filter: Filter, order?: "newest" | "oldest") => Rows } = await import(
  `${import.meta.dirname}/rows.ts`
);

const PAGE = 250;

function made(number: number): Alert {
  return {
    ...{ id: `${number}`, time: "2026-01-01T00:00:00Z", rule: "r", priority: "Notice", source: "syscall" },
    ...{ hostname: "n", tags: [], output: "", fields: {}, state: "open", comments: 0, responses: 0 },
  };
}

/** The alerts of the server, oldest first. The ID of an alert is its index, and cursors are IDs. */
let stored: Alert[] = [];
/** Returns the number of alerts on the page that the server returns next. */
let size = (): number => PAGE;
let rows: Rows;

beforeEach(() => {
  size = () => PAGE;
  stored = Array.from({ length: 30 * PAGE }, (_, i) => made(i));
  rows = new AlertRows(NO_FILTER);
  vi.stubGlobal("fetch", async (url: string) => {
    const { searchParams } = new URL(url, "http://server");
    const cursor = searchParams.get("cursor");
    if (searchParams.get("order") === "oldest") {
      const from = Number(cursor ?? 0);
      const to = Math.min(stored.length, from + size());
      return Response.json({ alerts: stored.slice(from, to), next: to === stored.length ? null : `${to}` });
    }
    const end = cursor === null ? stored.length : Number(cursor);
    const start = Math.max(0, end - size());
    return Response.json({ alerts: stored.slice(start, end).reverse(), next: start === 0 ? null : `${start}` });
  });
});
afterEach(() => vi.unstubAllGlobals());

function raise(count: number, show = true): void {
  const alerts = Array.from({ length: count }, (_, i) => made(stored.length + i));
  stored.push(...alerts);
  rows.add(alerts, show);
}

/** Scrolls through the rows from the last to the first one. Returns the IDs in their order. */
async function scrolled(): Promise<(string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  for (let index = rows.length - 1; index >= 0; index--) {
    if (index % 10 === 0 || index === rows.length - 1) rows.setViewport(Math.max(0, index - 10), index);
    if (rows.at(index) === undefined) await vi.waitFor(() => expect(rows.at(index)).toBeDefined());
    ids.unshift(rows.at(index)?.id);
  }
  return ids;
}

const expected = (): string[] => stored.map(({ id }) => id).reverse();

test("each alert is listed once after new alerts arrived while the first page was far from the visible rows", async () => {
  while (rows.more.value) await rows.fetchMore();
  rows.setViewport(29 * PAGE, 29 * PAGE + 20);
  raise(10);
  expect(await scrolled()).toEqual(expected());
});

test("pages are dropped when only new alerts are visible", async () => {
  while (rows.more.value) await rows.fetchMore();
  raise(100);
  rows.setViewport(0, 50);
  expect(rows.at(20 * PAGE)).toBeUndefined();
  expect(rows.at(100)).toBeDefined();
  expect(await scrolled()).toEqual(expected());
});

test("each alert is listed once if the server returns pages of varying sizes", async () => {
  let number = 0;
  size = () => [PAGE, 40, 170, 90][number++ % 4]!;
  while (rows.more.value) await rows.fetchMore();
  expect(rows.length).toBe(stored.length);
  rows.setViewport(rows.length - 20, rows.length - 1);
  expect(rows.at(PAGE)).toBeUndefined();
  expect(await scrolled()).toEqual(expected());
});

test("states that changed while the stream was not connected are shown", async () => {
  await rows.fetchMore();
  stored[30 * PAGE - 3] = { ...stored[30 * PAGE - 3]!, state: "closed" };
  stored.push(made(stored.length));
  await rows.catchUp(true);
  expect([rows.at(0)?.id, rows.at(3)?.id, rows.at(3)?.state]).toEqual(["7500", "7497", "closed"]);
});

test("states on all pages that changed while the stream was not connected are shown", async () => {
  for (let page = 0; page < 3; page++) await rows.fetchMore();
  raise(PAGE);
  const close = (index: number): void => {
    const at = stored.length - 1 - index;
    stored[at] = { ...stored[at]!, state: "closed" };
  };
  for (const index of [PAGE + 100, 2 * PAGE + 100, 3 * PAGE + 100]) close(index);
  rows.setViewport(2 * PAGE + 50, 2 * PAGE + 150);
  expect(await rows.catchUp(true)).toBe(true);
  const state = (index: number) => rows.at(index)?.state;
  expect(state(PAGE + 100)).toBe("closed");
  await vi.waitFor(() => expect(state(2 * PAGE + 100)).toBe("closed"));
  rows.setViewport(3 * PAGE + 50, 3 * PAGE + 150);
  await vi.waitFor(() => expect(state(3 * PAGE + 100)).toBe("closed"));
});

test("the list is fetched again if at least a page of alerts was raised while the stream was not connected", async () => {
  await rows.fetchMore();
  for (let i = 0; i < PAGE; i++) stored.push(made(stored.length));
  expect(await rows.catchUp(true)).toBe(false);
  expect(rows.length).toBe(PAGE);
});

test("the state of an alert that is not shown yet can change", async () => {
  await rows.fetchMore();
  raise(2, false);
  rows.setState("7500", "acknowledged");
  rows.showPending();
  expect([rows.at(0)?.state, rows.at(1)?.state]).toEqual(["open", "acknowledged"]);
});

test("alerts that moved up from the second page are not new", async () => {
  await rows.fetchMore();
  await rows.fetchMore();
  stored.splice(30 * PAGE - 6, 3); // these no longer match the filter
  stored.push(made(30 * PAGE));
  await rows.catchUp(true);
  expect(rows.length).toBe(2 * PAGE - 3 + 1);
  const ids = await scrolled();
  expect(ids).toEqual(expected().slice(0, ids.length));
});

test("an alert that no longer matches the filter is removed, and the others keep their order", async () => {
  rows = new AlertRows({ ...NO_FILTER, state: "open" });
  await rows.fetchMore();
  await rows.fetchMore();
  raise(2, false);
  for (const id of ["7501", "7400", "7100"]) stored.splice(Number(stored.findIndex((one) => one.id === id)), 1);
  expect(rows.setState("7501", "acknowledged")).toBe(-1);
  expect(rows.setState("7400", "closed")).toBe(99);
  expect(rows.setState("7100", "closed")).toBe(398);
  expect(rows.setState("7300", "open")).toBe(-1);
  rows.showPending();
  expect(await scrolled()).toEqual(expected().slice(0, 2 * PAGE - 1));
});

test("rows can be used again after they were closed", async () => {
  await rows.fetchMore();
  const next = rows.fetchMore();
  rows.close();
  await next;
  expect([rows.length, rows.more.value]).toEqual([PAGE, true]);
  await rows.fetchMore();
  expect(await scrolled()).toEqual(expected().slice(0, 2 * PAGE));
});

describe("with the oldest alert first", () => {
  const ids = (): string[] => stored.map(({ id }) => id);

  beforeEach(() => {
    stored = Array.from({ length: 2 * PAGE + 100 }, (_, i) => made(i));
    rows = new AlertRows(NO_FILTER, "oldest");
  });

  test("new alerts are listed once, whether they arrive before or after the last page", async () => {
    await rows.begin();
    raise(3);
    expect(rows.length).toBe(PAGE);
    const fetching = rows.fetchMore();
    raise(2);
    await fetching;
    raise(2);
    while (rows.more.value) await rows.fetchMore();
    raise(3);
    rows.add([made(stored.length - 1)], true);
    expect(await scrolled()).toEqual(ids());
  });

  test("alerts that arrive during the request for the last page are not lost", async () => {
    while (rows.length < 2 * PAGE) await rows.fetchMore();
    const before = stored.length;
    const fetching = rows.fetchMore();
    await Promise.resolve(); // the server has responded
    raise(4);
    await fetching;
    expect([rows.more.value, rows.length]).toEqual([false, before + 4]);
    expect(await scrolled()).toEqual(ids());
  });

  test("alerts and states that were missed are fetched, and the rows keep their places", async () => {
    while (rows.more.value) await rows.fetchMore();
    rows.setViewport(0, 20);
    stored.push(...Array.from({ length: PAGE + 20 }, (_, i) => made(stored.length + i)));
    stored[5] = { ...stored[5]!, state: "closed" };
    expect(await rows.catchUp(true)).toBe(true);
    await vi.waitFor(() => expect(rows.at(5)?.state).toBe("closed"));
    expect(await scrolled()).toEqual(ids());
  });

  test("the first alert of an empty list is shown", async () => {
    stored = [];
    await rows.begin();
    raise(1);
    expect([rows.length, rows.at(0)?.id]).toEqual([1, "0"]);
  });

  test("the newest alert is known before it is loaded", async () => {
    stored = stored.map((alert) => ({ ...alert, id: alert.id.padStart(4, "0") })); // IDs are compared as text
    await rows.begin();
    expect(rows.newestId()).toBe(`0${2 * PAGE + 99}`);
  });
});
