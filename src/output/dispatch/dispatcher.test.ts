import { afterEach, expect, test } from "vitest";
import { defaultAlertOptions } from "../../alert/alert.ts";
import { entry, newJournal, reading } from "../../journal/alerts.fixture.ts";
import { idMaker, idText } from "../../journal/id.ts";
import type { Progress } from "../../journal/output-status.ts";
import { openWriter, type Writer } from "../../journal/write.ts";
import { alertWith } from "../alert.fixture.ts";
import { type Delivery, delivered, type Output } from "../output.ts";
import { Dispatcher, type JournalAccess } from "./dispatcher.ts";
import { journalSource } from "./journal-source.ts";
import type { DeliveryEvent } from "./reports.ts";

const limits = { maxAge: 0, maxSize: 0 };

/** An output that records the process IDs in delivered alerts. */
function taker(name: string, answer: () => Delivery = () => delivered) {
  const taken: number[] = [];
  const output: Output = {
    name,
    remote: true,
    async deliver(batch) {
      const delivery = answer();
      if (delivery.outcome === "delivered")
        for (const { json } of batch) taken.push(Number(/"proc.pid":(\d+)/.exec(json)?.[1] ?? -1));
      return delivery;
    },
    reopen() {},
    async close() {},
  };
  return { output, taken };
}

let dispatcher: Dispatcher | undefined;
afterEach(() => dispatcher?.close());

function run(file: string, writer: Writer | undefined, outputs: readonly Output[], more: Partial<JournalAccess> = {}) {
  const events: DeliveryEvent[] = [];
  const notes: Progress[] = [];
  const opened = new Dispatcher(outputs, {
    journal: {
      source: journalSource(file, defaultAlertOptions),
      newOutputs: "now",
      presentOnly: new Set(),
      async record(progress) {
        notes.push(progress);
        writer?.saveProgress(progress);
        return writer !== undefined;
      },
      ...more,
    },
    waitFor: "none",
    report: (one) => events.push(one),
    ended() {},
  });
  dispatcher = opened;
  return { dispatcher: opened, events, notes };
}

const add = (writer: Writer, from: number, to: number): unknown =>
  writer.append(Array.from({ length: to - from + 1 }, (_, i) => entry(from + i)));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const places = (file: string) => new Map(reading(file, (reader) => reader.outputs()).map((one) => [one.name, one]));

test("a new output starts with new alerts or with the oldest alert, and continues at its position after a restart", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  add(writer, 1, 10);
  const slack = taker("slack");
  const first = run(file, writer, [slack.output]);
  first.dispatcher.opened(10);
  add(writer, 11, 20);
  first.dispatcher.wake();
  await expect.poll(() => slack.taken).toEqual(range(11, 20));
  await first.dispatcher.close();
  expect(places(file).get("slack")).toMatchObject({ seq: 20, status: { delivered: 10 } });

  add(writer, 21, 30);
  const again = taker("slack");
  const loki = taker("loki");
  const second = run(file, writer, [again.output, loki.output], { newOutputs: "oldest" });
  second.dispatcher.opened(30);
  await expect.poll(() => again.taken).toEqual(range(21, 30));
  await expect.poll(() => loki.taken).toEqual(range(1, 30));
  expect(second.events).toEqual([{ kind: "backlog", output: "slack", alerts: 10 }]);
  await second.dispatcher.close();
  writer.close();
});

test("an output that is removed and added again continues at its position, or with new alerts if it had no backlog", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  let fine = true;
  const patient = taker("patient");
  const broken = taker("broken", () => (fine ? delivered : { outcome: "retry", reason: "down" }));
  const first = run(file, writer, [patient.output, broken.output]);
  first.dispatcher.opened(0);
  add(writer, 1, 5);
  first.dispatcher.wake();
  await expect.poll(() => [...patient.taken, ...broken.taken]).toEqual([...range(1, 5), ...range(1, 5)]);
  fine = false;
  add(writer, 6, 10);
  first.dispatcher.wake();
  await expect.poll(() => patient.taken).toEqual(range(1, 10));
  await first.dispatcher.replace([], defaultAlertOptions);
  add(writer, 11, 15);
  first.dispatcher.wake();
  fine = true;
  await first.dispatcher.replace([patient.output, broken.output], defaultAlertOptions);
  add(writer, 16, 20);
  first.dispatcher.wake();
  await expect.poll(() => patient.taken).toEqual([...range(1, 10), ...range(16, 20)]);
  await expect.poll(() => broken.taken).toEqual(range(1, 20));
  await first.dispatcher.close();
  writer.close();
});

test("alerts that arrive during a reload are delivered once, even to outputs that start with new alerts", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const slowly = ({ output }: ReturnType<typeof taker>): Output => ({
    ...output,
    deliver: (batch) => released.then(() => output.deliver(batch)),
  });
  const slack = taker("slack");
  const stdout = taker("stdout");
  const { dispatcher } = run(file, writer, [slowly(slack), slowly(stdout)], { presentOnly: new Set(["stdout"]) });
  dispatcher.opened(0);
  add(writer, 1, 3);
  dispatcher.wake();
  const replaced = dispatcher.replace([slack.output, stdout.output]);
  add(writer, 4, 6);
  dispatcher.wake();
  release();
  await replaced;
  add(writer, 7, 9);
  dispatcher.wake();
  await expect.poll(() => slack.taken).toEqual(range(1, 9));
  await expect.poll(() => stdout.taken).toEqual(range(1, 9));
  await dispatcher.close();
  expect([slack.taken, stdout.taken]).toEqual([range(1, 9), range(1, 9)]);
  writer.close();
});

test("a rejected alert is stored as a dead letter with its reason, together with the position", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  const rejecting = taker("rejecting", () => ({ outcome: "rejected", reason: "status 403" }));
  const { dispatcher, events } = run(file, writer, [rejecting.output]);
  dispatcher.opened(0);
  add(writer, 1, 3);
  dispatcher.wake();
  await expect.poll(() => places(file).get("rejecting")?.seq).toBe(3);
  expect(reading(file, (reader) => reader.dead("rejecting", 10))).toMatchObject([
    { output: "rejecting", seq: 1, reason: "status 403", alert: { rule: "File read" } },
    { seq: 2 },
    { seq: 3 },
  ]);
  expect(reading(file, (reader) => reader.deadCounts())).toEqual(new Map([["rejecting", 3]]));
  expect(events).toEqual([{ kind: "rejected", output: "rejecting", reason: "status 403" }]);
  expect(dispatcher.counts()).toMatchObject([{ name: "rejecting", alerts: 3, delivered: 0, rejected: 3, lost: 3 }]);
  await dispatcher.close();
  writer.close();
});

test("persistent failures and warnings are reported immediately, and only once until a delivery succeeds", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  let fixed = false;
  const warnings = ["nothing deletes old alerts"];
  const held = taker("opensearch", () =>
    fixed ? delivered : { outcome: "retry", reason: "status 401", persistent: true, wait: 1 },
  );
  const output = { ...held.output, warnings: () => warnings.splice(0) };
  const { dispatcher, events } = run(file, writer, [output]);
  dispatcher.opened(0);
  add(writer, 1, 3);
  dispatcher.wake();
  await expect.poll(() => events.length).toBeGreaterThan(0);
  await expect.poll(() => dispatcher.counts()[0]?.retries, { timeout: 60_000 }).toBeGreaterThan(2);
  expect(events).toEqual([{ kind: "blocked", output: "opensearch", reason: "status 401", isNew: true }]);
  fixed = true;
  await expect.poll(() => held.taken, { timeout: 60_000 }).toEqual([1, 2, 3]);
  await expect
    .poll(() => events.slice(1))
    .toEqual([
      { kind: "warning", output: "opensearch", reason: "nothing deletes old alerts" },
      { kind: "recovered", output: "opensearch" },
    ]);
});

test("a persistent failure after a reload and a success is reported as new", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  const failure = { outcome: "retry", reason: "status 401", persistent: true, wait: 1 } as const;
  const held = taker("opensearch", () => failure);
  let isFixed = true;
  const next = taker("opensearch", () => (isFixed ? delivered : failure));
  const { dispatcher, events } = run(file, writer, [held.output]);
  dispatcher.opened(0);
  const blocked = { kind: "blocked", output: "opensearch", reason: "status 401", isNew: true };
  add(writer, 1, 3);
  dispatcher.wake();
  await expect.poll(() => events).toEqual([blocked]);
  await dispatcher.replace([next.output]);
  await expect.poll(() => next.taken).toEqual([1, 2, 3]);
  const recovered = { kind: "recovered", output: "opensearch" };
  const heldBack = (): unknown => events.filter(({ kind }) => kind !== "backlog");
  await expect.poll(heldBack).toEqual([blocked, recovered]);
  isFixed = false;
  add(writer, 4, 6);
  dispatcher.wake();
  await expect.poll(heldBack).toEqual([blocked, recovered, blocked]);
});

test("a journal of another process is not read, and alerts are delivered from memory", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  add(writer, 1, 10);
  const some = taker("some");
  const { dispatcher } = run(file, writer, [some.output]);
  dispatcher.wake();
  dispatcher.add([{ ...alertWith("x"), json: '{"proc.pid":77}' }]);
  await expect.poll(() => some.taken).toEqual([77]);
  dispatcher.opened(10);
  add(writer, 11, 12);
  dispatcher.wake();
  await expect.poll(() => some.taken).toEqual([77, 11, 12]);
  await dispatcher.close();
  writer.close();
});

test("an output that does not respond does not delay other outputs, whose positions are stored", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  const quick = taker("quick");
  const stuck = taker("stuck");
  const never: Output = { ...stuck.output, deliver: () => new Promise(() => {}) };
  const { dispatcher } = run(file, writer, [never, quick.output]);
  dispatcher.opened(0);
  for (let i = 0; i < 20; i++) {
    add(writer, 100 * i + 1, 100 * i + 100);
    dispatcher.wake();
  }
  await expect.poll(() => quick.taken).toEqual(range(1, 2000));
  await expect.poll(() => places(file).get("quick")?.seq).toBe(2000);
  expect(places(file).get("stuck")?.seq).toBe(0);
  expect(dispatcher.counts().find(({ name }) => name === "stuck")).toMatchObject({ waiting: 2000, delivered: 0 });
  await dispatcher.close(); // no response
  writer.close();
});

test("while the journal cannot be written, alerts are delivered, and dead letters are kept in memory", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  let full = true;
  let reject = true;
  const some = taker("some", () => (reject ? { outcome: "rejected", reason: "no" } : delivered));
  const { dispatcher } = run(file, writer, [some.output], {
    async record(progress) {
      if (full) return false;
      writer.saveProgress(progress);
      return true;
    },
  });
  dispatcher.opened(0);
  add(writer, 1, 2);
  dispatcher.wake();
  await expect.poll(() => dispatcher.counts()[0]?.rejected).toBe(2);
  reject = false;
  add(writer, 3, 4);
  dispatcher.wake();
  await expect.poll(() => some.taken).toEqual([3, 4]);
  expect(places(file).size).toBe(0);
  full = false;
  await expect.poll(() => places(file).get("some")?.seq).toBe(4);
  expect(reading(file, (reader) => reader.dead("some", 10)).map(({ seq }) => seq)).toEqual([1, 2]);
  await dispatcher.close();
  writer.close();
});

test("alerts that were delivered from memory are skipped in the journal, even after a reload, and all others are delivered", async () => {
  const file = newJournal();
  const writer = openWriter(file, limits);
  add(writer, 1, 3);
  const nextId = idMaker(writer.lastId);
  const ids = range(4, 9).map(() => nextId());
  const late = range(4, 9).map((number, i) => ({
    ...alertWith(""),
    json: JSON.stringify({ output_fields: { "proc.pid": number } }),
    id: idText(ids[i] ?? new Uint8Array(16)),
  }));
  let isOut = false;
  const slack = taker("slack", () => (isOut ? { outcome: "retry", reason: "it is gone" } : delivered));
  const { dispatcher: first } = run(file, writer, [slack.output], { newOutputs: "oldest" });
  first.opened(0);
  await expect.poll(() => slack.taken).toEqual(range(1, 3));
  await first.add(late.slice(0, 3), 3);
  await expect.poll(() => slack.taken).toEqual(range(1, 6));
  await first.replace([slack.output]);
  isOut = true;
  await first.add(late.slice(3), 3);
  writer.append(
    range(4, 9).map((number) => entry(number)),
    [],
    ids,
  );
  add(writer, 10, 12);
  first.wake();
  expect(places(file).get("slack")).toMatchObject({ seq: 3 });
  await first.close(0);
  expect(first.counts()).toMatchObject([{ lost: 0 }]); // alerts in memory are also in the journal
  isOut = false;
  const again = run(file, writer, [slack.output]).dispatcher;
  again.opened(12);
  // Resumes at the stored position with the same IDs: 4 to 6 are delivered twice.
  await expect.poll(() => slack.taken).toEqual([...range(1, 6), ...range(4, 12)]);
  await again.close();

  const loki = taker("loki");
  const third = run(file, writer, [loki.output]).dispatcher;
  third.opened(12);
  const id = nextId();
  await third.add([{ ...(late[0] ?? alertWith("")), id: idText(id) }], 12);
  await expect.poll(() => loki.taken).toEqual([4]);
  await third.replace([loki.output]);
  writer.append([entry(4)], [], [id]);
  add(writer, 20, 20);
  third.wake();
  await expect.poll(() => loki.taken).toEqual([4, 20]);
});
