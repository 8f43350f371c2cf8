import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Document, member } from "../event/document.ts";
import { Event } from "../event/event.ts";
import { openIdentityLog } from "./identity-log.ts";
import { openInbox } from "./inbox.ts";
import { rememberDocuments } from "./repeated.ts";

const documents = (...names: readonly string[]): Document[] =>
  names.map((name, i) => ({ time: BigInt(i + 1) * 1_000_000_007n, value: { name } }));

/** Returns the names of the promises that have settled so far. */
async function settled(promises: Readonly<Record<string, Promise<void> | undefined>>): Promise<string[]> {
  const done: string[] = [];
  for (const [name, promise] of Object.entries(promises)) promise?.then(() => done.push(name));
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

it("returns documents as events, in order, with their times and numbers", () => {
  const inbox = openInbox("json", { most: 10 });
  inbox.offer(documents("a", "b"));
  const event = new Event();
  const seen: unknown[] = [];
  while (inbox.next(event)) seen.push([event.num, event.time, event.tid, event.count, event.document]);
  expect(seen).toEqual([
    [1, 1_000_000_007n, -1, 0, { name: "a" }],
    [2, 2_000_000_014n, -1, 0, { name: "b" }],
  ]);
  expect(inbox.waiting).toBe(0);
});

it("returns documents whose time has more than 63 bits with the current time", () => {
  const inbox = openInbox("json", { most: 10 });
  const before = BigInt(Date.now()) * 1_000_000n;
  const [last, ...others] = [2n ** 63n - 1n, 2n ** 63n, 2n ** 64n + 5n, -1n];
  inbox.offer([last!, ...others].map((time) => ({ time, value: {} })));
  const event = new Event();
  const times: bigint[] = [];
  while (inbox.next(event)) times.push(event.time);
  expect(times.shift()).toBe(last);
  expect(times).toHaveLength(others.length);
  for (const time of times) expect(time >= before && time <= BigInt(Date.now()) * 1_000_000n).toBe(true);
});

it("accepts all documents of an offer or none", () => {
  const inbox = openInbox("json", { most: 3 });
  expect(inbox.offer(documents("a", "b"))).toBeInstanceOf(Promise);
  expect(inbox.offer(documents("c", "d"))).toBeUndefined();
  expect(inbox.waiting).toBe(2);
  expect(inbox.offer(documents("c"))).toBeInstanceOf(Promise);
  expect(inbox.waiting).toBe(3);
});

it("is also limited by bytes, and accepts more documents once some are evaluated", () => {
  const inbox = openInbox("json", { most: 100, mostBytes: 10 });
  const six = { time: 1n, value: {}, size: 6 };
  expect(inbox.offer([six])).toBeDefined();
  expect(inbox.offer([six])).toBeUndefined();
  inbox.next(new Event());
  expect(inbox.offer([six])).toBeDefined();
});

it("accepts an offer that is larger than itself while it is empty", () => {
  const inbox = openInbox("json", { most: 2 });
  expect(inbox.offer(documents("a", "b", "c"))).toBeDefined();
  expect(inbox.offer(documents("d"))).toBeUndefined();
});

it("acknowledges an offer once all its documents are settled", async () => {
  const inbox = openInbox("json", { most: 10 });
  const event = new Event();
  const first = inbox.offer(documents("a", "b"));
  const second = inbox.offer(documents("c"));
  inbox.next(event);
  inbox.settle();
  expect(await settled({ first, second })).toEqual([]);
  inbox.next(event);
  expect(await settled({ first, second })).toEqual([]);
  const given = inbox.given;
  inbox.next(event);
  inbox.settle(given);
  expect(await settled({ first, second })).toEqual(["first"]);
  inbox.settle();
  expect(await settled({ second })).toEqual(["second"]);
});

it("settles an empty offer immediately", async () => {
  expect(await settled({ empty: openInbox("json", { most: 1 }).offer([]) })).toEqual(["empty"]);
});

it("never acknowledges documents that were not evaluated before it closed, and accepts none afterwards", async () => {
  const inbox = openInbox("json", { most: 10 });
  const offered = inbox.offer(documents("a"));
  inbox.close();
  inbox.settle(99);
  expect(await settled({ offered })).toEqual([]);
  expect(inbox.offer(documents("b"))).toBeUndefined();
  expect(inbox.next(new Event())).toBe(false);
});

it("reports arriving documents, and keeps the order of many documents", () => {
  let calls = 0;
  const inbox = openInbox("json", { most: 50_000, arrived: () => calls++ });
  const event = new Event();
  let next = 0;
  let wrong = 0;
  for (let round = 0; round < 100; round++) {
    inbox.offer(Array.from({ length: 300 }, (_, i) => ({ time: BigInt(round * 300 + i), value: [] })));
    for (let i = 0; i < 250 && inbox.next(event); i++) if (event.time !== BigInt(next++)) wrong++;
  }
  while (inbox.next(event)) if (event.time !== BigInt(next++)) wrong++;
  expect([calls, next, wrong, inbox.given]).toEqual([100, 30_000, 0, 30_000]);
});

it("holds a document, and all later documents, for the given time", async () => {
  let rest = 20;
  let called = 0;
  const inbox = openInbox("test", { most: 10, hold: ({ time }) => (time === 2n ? rest : 0), arrived: () => called++ });
  inbox.offer([
    { time: 1n, value: { n: 1 } },
    { time: 2n, value: { n: 2 } },
    { time: 3n, value: { n: 3 } },
  ]);
  const event = new Event();
  expect([inbox.next(event), inbox.held]).toEqual([true, false]);
  expect([inbox.next(event), inbox.next(event), inbox.held, inbox.given, inbox.waiting]).toEqual([
    ...[false, false, true],
    ...[1, 2],
  ]);
  await expect.poll(() => called).toBe(2); // once for the offer, once for the end of the hold
  expect(inbox.held).toBe(false);
  rest = 0;
  expect([inbox.next(event), inbox.next(event), event.document]).toEqual([true, true, { n: 3 }]);
});

const byName = ({ value }: Document): string => String(member(value, "name"));

it("evaluates a repeated document once, and acknowledges the repetition with the first document", async () => {
  const inbox = openInbox("json", { most: 3, identify: byName });
  const event = new Event();
  const first = inbox.offer(documents("a", "b"));
  const second = inbox.offer(documents("b"));
  inbox.next(event);
  inbox.settle();
  expect(await settled({ first, second })).toEqual([]);
  inbox.next(event);
  const third = inbox.offer(documents("a", "b"));
  expect(inbox.waiting).toBe(0);
  expect(await settled({ third })).toEqual([]);
  inbox.settle();
  expect(await settled({ first, second, third })).toEqual(["first", "second", "third"]);
  expect(await settled({ fourth: inbox.offer(documents("b")) })).toEqual(["fourth"]);
  expect(inbox.next(event)).toBe(false);
});

it("does not treat a document as a repetition if it was rejected before", () => {
  const inbox = openInbox("json", { most: 2, identify: byName });
  inbox.offer(documents("a", "b"));
  expect(inbox.offer(documents("c"))).toBeUndefined();
  inbox.next(new Event());
  inbox.next(new Event());
  inbox.offer(documents("c"));
  expect(inbox.waiting).toBe(1);
});

it("removes the identities of old documents", () => {
  let time = 0;
  const repeated = rememberDocuments(byName, { least: 2, clock: () => time });
  const fresh = (...names: readonly string[]) => repeated.without(documents(...names)).length;
  expect([fresh("a", "b", "c", "a"), fresh("b")]).toEqual([3, 0]);
  time = 100_000; // a generation ends
  expect([fresh("d"), fresh("a", "d"), fresh("e")]).toEqual([1, 0, 1]);
  time = 150_000;
  expect([fresh("f", "a")]).toEqual([1]);
  time = 200_000;
  expect([fresh("g"), fresh("a"), fresh("e", "f", "g"), repeated.forgotten]).toEqual([1, 1, 0, 0]);
});

it("counts identities that it removes before a sender has sent its last repetition", () => {
  let time = 0;
  const repeated = rememberDocuments(byName, { least: 2, most: 4, clock: () => time });
  const fresh = (...names: readonly string[]) => repeated.without(documents(...names)).length;
  fresh("a", "b", "c", "d", "e", "f", "g");
  expect([fresh("a", "g"), repeated.forgotten]).toEqual([0, 0]);
  time = 50_000;
  fresh("h");
  expect([fresh("e", "h"), repeated.forgotten]).toEqual([0, 4]);
  expect(fresh("a")).toBe(1);
});

it("recognizes each of 10,000 events per second that is sent again after 10 s, and for some time afterwards", () => {
  let time = 0;
  const repeated = rememberDocuments(byName, { clock: () => time });
  const second = (at: number): Document[] =>
    Array.from({ length: 10_000 }, (_, i) => ({ time: 1n, value: { name: `event-${at * 10_000 + i}` } }));
  for (let at = 0; at < 90; at++) {
    time = at * 1000;
    expect(repeated.without(second(at))).toHaveLength(10_000);
    if (at >= 10) expect(repeated.without(second(at - 10))).toEqual([]);
    if (at >= 80) expect(repeated.without(second(at - 80))).toEqual([]);
  }
  expect(repeated.forgotten).toBe(0);
});

it("recognizes documents that an earlier process evaluated, but not documents that it only accepted", () => {
  const file = join(mkdtempSync(join(tmpdir(), "eyas-inbox-")), "state/events");
  const byHash = ({ value }: Document): string => String(member(value, "name")).padEnd(22, "x");
  const event = new Event();
  const open = () => openInbox("json", { most: 10, identify: byHash, identities: openIdentityLog(file, 3) });
  const first = open();
  first.offer(documents("a", "b", "c"));
  first.next(event);
  first.next(event);
  first.settle(1);
  first.settle(1);
  const second = open(); // the first process was killed
  second.offer(documents("a", "b", "c"));
  expect(second.waiting).toBe(2);
  while (second.next(event)) second.settle();
  second.offer(documents("d"));
  second.next(event);
  second.settle();
  second.close();
  writeFileSync(file, `${readFileSync(file, "utf8")}interrupted`);
  const third = open();
  third.offer(documents("a", "b", "c", "d", "e"));
  expect(third.waiting).toBe(1);
  third.close();
});

it("works if the identities cannot be stored", () => {
  const identities = openIdentityLog("/dev/null/none/events", 3);
  const inbox = openInbox("json", { most: 10, identify: byName, identities });
  inbox.offer(documents("a"));
  inbox.next(new Event());
  inbox.settle();
  inbox.close();
  expect([...identities.known()]).toEqual([]);
});
