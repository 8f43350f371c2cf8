import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Filter, NO_FILTER } from "../filter/filter.ts";

type Listeners = Readonly<Record<"open" | "reload", () => void>>;
// The path is not a literal, so that TypeScript does not apply the types of the browser to the whole program.
const { subscribe }: { subscribe(filter: Filter, listeners: Listeners): () => void } = await import(
  `${import.meta.dirname}/live.ts`
);

/** The part of `EventSource` that the page uses. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static readonly all: FakeSource[] = [];
  readyState = 0;
  constructor() {
    super();
    FakeSource.all.push(this);
  }
  close(): void {
    this.readyState = FakeSource.CLOSED;
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  /** The server answers with an error status, after which a browser does not retry. */
  reject(): void {
    this.close();
    this.dispatchEvent(new Event("error"));
  }
}

const RETRY = 5000;
const newest = (): FakeSource => FakeSource.all.at(-1)!;
let status = 200;
let unsubscribe = (): void => {};
let calls: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.all.length = 0;
  calls = [];
  status = 200;
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  vi.stubGlobal("fetch", async () => Response.json({ error: { code: "x", message: "x" } }, { status }));
  unsubscribe = subscribe(NO_FILTER, {
    open: () => void calls.push("open"),
    reload: () => void calls.push("reload"),
  });
});
afterEach(() => {
  unsubscribe();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a rejected stream is retried until the server accepts it, and the list is fetched again only then", async () => {
  newest().open();
  expect(calls).toEqual(["open"]);
  newest().reject();
  status = 502;
  await vi.advanceTimersByTimeAsync(4 * RETRY);
  expect(FakeSource.all).toHaveLength(1);
  status = 200;
  await vi.advanceTimersByTimeAsync(RETRY);
  expect(FakeSource.all).toHaveLength(2);
  newest().reject();
  await vi.advanceTimersByTimeAsync(RETRY);
  expect(FakeSource.all).toHaveLength(3);
  expect(calls).toEqual(["open"]);
  newest().open();
  expect(calls).toEqual(["open", "reload"]);
  newest().open(); // the browser reconnected
  expect(calls).toEqual(["open", "reload", "open"]);
});

test("a stream is not retried after the session has ended, or without a subscription", async () => {
  newest().reject();
  status = 401;
  await vi.advanceTimersByTimeAsync(RETRY);
  status = 200;
  await vi.advanceTimersByTimeAsync(10 * RETRY);
  expect(FakeSource.all).toHaveLength(1);
  newest().reject();
  unsubscribe();
  await vi.advanceTimersByTimeAsync(10 * RETRY);
  expect(FakeSource.all).toHaveLength(1);
});
