import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import { type DeadLetter, noDeliveries } from "../../journal/output-status.ts";
import { alertWith } from "../alert.fixture.ts";
import { type Delivery, delivered, type Output } from "../output.ts";
import type { StoredAlert } from "./alert-source.ts";
import { OutputQueue } from "./queue.ts";

const idOf = (seq: number): string => `0195f1a2-0000-7000-8000-${String(seq).padStart(12, "0")}`;

/** An in-memory journal. */
function pages(first: number, last: number) {
  const all: StoredAlert[] = [];
  const add = (seq: number): void => void all.push({ ...alertWith(String(seq)), id: idOf(seq), seq });
  for (let seq = first; seq <= last; seq++) add(seq);
  return {
    add,
    drop: (upTo: number) =>
      void all.splice(
        0,
        all.findIndex(({ seq }) => seq > upTo),
      ),
    remove: (isRemoved: (seq: number) => boolean) =>
      void all.splice(0, all.length, ...all.filter(({ seq }) => !isRemoved(seq))),
    read: (after: number, limit: number) => all.filter(({ seq }) => seq > after).slice(0, limit),
    last: () => all.at(-1)?.seq ?? 0,
  };
}

/** An output with the given responses, which records delivered alerts. */
function outputWith(answer: (batch: readonly Alert[]) => Delivery | Promise<Delivery>, more: Partial<Output> = {}) {
  const given: string[][] = [];
  const output: Output = {
    name: "test",
    remote: true,
    async deliver(batch) {
      given.push(batch.map(({ text }) => text));
      return answer(batch);
    },
    reopen() {},
    async close() {},
    ...more,
  };
  return { output, given };
}

const queues: OutputQueue[] = [];
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.stop(0);
});

function open(output: Output, source: ReturnType<typeof pages>, at?: number) {
  const lost: [number, string][] = [];
  const letters: DeadLetter[] = [];
  const said: string[] = [];
  const listener = {
    failing: (reason: string) => said.push(reason),
    warning: (sentence: string) => said.push(sentence),
    recovered: () => said.push("recovered"),
    rejected: () => {},
    lost: (alerts: number, reason: string) => lost.push([alerts, reason]),
    async deadLetters(dead: readonly DeadLetter[]) {
      letters.push(...dead);
    },
    ended: (reason: string) => said.push(`ended: ${reason}`),
  };
  const queue = new OutputQueue(output, listener, { source });
  queues.push(queue);
  if (at !== undefined) queue.begin(at, noDeliveries);
  return { queue, lost, letters, said };
}

const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

test("an output gets all alerts after its position, including later ones, in order and in growing batches", async () => {
  const source = pages(1, 500);
  const { output, given } = outputWith(() => delivered);
  const { queue } = open(output, source, 100);
  await expect.poll(() => given.flat().length).toBe(400);
  source.add(501);
  queue.wake();
  await expect.poll(() => given.flat()).toEqual(range(101, 501));
  expect(given.map((batch) => batch.length).slice(0, 3)).toEqual([32, 64, 128]);
  expect(queue.record()).toMatchObject({ name: "test", seq: 501, status: { delivered: 401 } });
  expect(queue.counts()).toMatchObject({ alerts: 401, delivered: 401, lost: 0, waiting: 0 });
});

test("a batch is retried until it is accepted, before other batches are sent", async () => {
  let troubles = 3;
  const { output, given } = outputWith(() => (troubles-- > 0 ? { outcome: "retry", reason: "down" } : delivered));
  const { queue, said } = open(output, pages(1, 40), 0);
  await expect.poll(() => queue.record()?.seq, { timeout: 60_000 }).toBe(40);
  expect(given.slice(0, 4)).toEqual(Array(4).fill(range(1, 32)));
  expect(given.at(-1)).toEqual(range(33, 40));
  expect(said).toEqual(["down", "down", "down", "recovered"]);
  expect(queue.record()?.status).toMatchObject({ delivered: 40, retried: 3, error: "down" });
});

test("only the alerts that caused the rejection of a batch are rejected; the others are delivered in order", async () => {
  const taken: string[] = [];
  const { output } = outputWith((batch) => {
    if (batch.some(({ text }) => text === "17")) return { outcome: "rejected", reason: "status 400" };
    taken.push(...batch.map(({ text }) => text));
    return delivered;
  });
  const { queue, letters } = open(output, pages(1, 60), 0);
  await expect.poll(() => queue.record()?.seq).toBe(60);
  expect(taken).toEqual(range(1, 60).filter((n) => n !== "17"));
  expect(letters).toMatchObject([{ output: "test", seq: 17, reason: "status 400" }]);
  expect(queue.counts()).toMatchObject({ alerts: 60, delivered: 59, rejected: 1, lost: 1, waiting: 0 });
});

test("after several consecutive rejections, only invalid alerts are rejected, and the others are sent once", async () => {
  const bad = ["1", "2", "3", "4", "6", "10", "20", "40"];
  const taken: string[] = [];
  const { output } = outputWith((batch) => {
    if (batch.some(({ text }) => bad.includes(text))) return { outcome: "rejected", reason: "status 400" };
    taken.push(...batch.map(({ text }) => text));
    return delivered;
  });
  const { queue, letters } = open(output, pages(1, 200), 0);
  await expect.poll(() => queue.record()?.seq).toBe(200);
  expect(letters.map(({ seq }) => String(seq))).toEqual(bad);
  expect(taken.toSorted((a, b) => Number(a) - Number(b))).toEqual(range(1, 200).filter((text) => !bad.includes(text)));
  expect(queue.counts()).toMatchObject({ alerts: 200, delivered: 192, rejected: 8, lost: 8, waiting: 0 });
});

test("an alert with an ambiguous failure is retried together with later alerts", async () => {
  const source = pages(1, 1);
  const { output, given } = outputWith((batch) => {
    const at = batch.findIndex(({ text }) => text === "1");
    if (at < 0) return delivered;
    const reason = "status 403";
    if (batch.length === 1) return { outcome: "retry", reason, persistent: true, ambiguous: true };
    return { outcome: "partly", reason, retry: [], rejected: [{ alert: batch[at]!, reason }] };
  });
  const { queue, letters } = open(output, source, 0);
  await expect.poll(() => given.length).toBeGreaterThan(0);
  for (const seq of [2, 3]) source.add(seq);
  queue.wake();
  await expect.poll(() => queue.record()?.seq, { timeout: 60_000 }).toBe(3);
  expect(letters).toMatchObject([{ seq: 1, reason: "status 403" }]);
  expect(queue.counts()).toMatchObject({ delivered: 2, rejected: 1 });
});

test("if all alerts are rejected, all become dead letters after a few requests", async () => {
  const { output, given } = outputWith(() => ({ outcome: "rejected", reason: "status 401" }));
  const { queue, letters } = open(output, pages(1, 2000), 0);
  await expect.poll(() => queue.record()?.seq).toBe(2000);
  expect(letters.map(({ seq }) => String(seq))).toEqual(range(1, 2000));
  expect(given.length).toBeLessThan(60);
});

test("alerts that the journal deleted before they were delivered are counted and reported as lost", async () => {
  const source = pages(1, 100);
  source.drop(70);
  const { output, given } = outputWith(() => delivered);
  const { queue, lost } = open(output, source, 20);
  await expect.poll(() => given.flat()).toEqual(range(71, 100));
  expect(lost).toEqual([[50, "deleted from the journal before delivery"]]);
  expect(queue.counts()).toMatchObject({ alerts: 80, delivered: 30, lost: 50 });
});

test("alerts that the journal deleted between others count as lost once, even if the batch is retried", async () => {
  const source = pages(1, 100);
  source.remove((seq) => seq % 4 === 0 && seq < 100);
  let failures = 3;
  const { output, given } = outputWith(() =>
    failures-- > 0 ? ({ outcome: "retry", reason: "down" } as const) : delivered,
  );
  const { queue, lost } = open(output, source, 20);
  await expect.poll(() => queue.counts().waiting, { timeout: 60_000 }).toBe(0);
  expect(new Set(given.flat())).toEqual(new Set(range(21, 100).filter((seq) => Number(seq) % 4 > 0 || seq === "100")));
  expect(lost.reduce((sum, [alerts]) => sum + alerts, 0)).toBe(19);
  expect(queue.counts()).toMatchObject({ delivered: 61, lost: 19 });
});

test("alerts that are not for an output advance its position, and are not counted", async () => {
  const { output, given } = outputWith(() => delivered, { wants: ({ text }) => Number(text) % 10 === 0 });
  const { queue } = open(output, pages(1, 95), 0);
  await expect.poll(() => queue.record()?.seq).toBe(95);
  expect(given.flat()).toEqual(["10", "20", "30", "40", "50", "60", "70", "80", "90"]);
  expect(queue.counts()).toMatchObject({ alerts: 9, delivered: 9, waiting: 0 });
});

test("alerts in memory follow the alerts that precede them in the journal", async () => {
  const { output, given } = outputWith(() => delivered);
  const { queue } = open(output, pages(1, 50));
  queue.add([{ alert: alertWith("first"), after: 0 }]);
  await expect.poll(() => given.flat()).toEqual(["first"]);
  queue.add([{ alert: alertWith("second"), after: 50 }]);
  await expect.poll(() => given.flat()).toEqual(["first", "second"]);
  queue.begin(0, noDeliveries);
  queue.add([{ alert: alertWith("third"), after: 50 }]);
  await expect.poll(() => given.flat()).toEqual(["first", "second", ...range(1, 50), "third"]);
});

test("the stored position of an output precedes its unconfirmed alerts", async () => {
  let unsure = 5;
  const { output, given } = outputWith(() => delivered, { unconfirmed: () => unsure });
  const { queue } = open(output, pages(1, 50), 0);
  await expect.poll(() => given.flat().length).toBe(50);
  expect(queue.progress()?.seq).toBe(45);
  expect(queue.progress()).toBeUndefined();
  unsure = 0;
  await expect.poll(() => queue.progress()?.seq, { timeout: 60_000 }).toBe(50);
  expect(queue.progress()).toBeUndefined();
});

test("when a queue is stopped, the backlog is delivered, unless deliveries fail", async () => {
  const fine = outputWith(async () => {
    await sleep(20);
    return delivered;
  });
  const { queue } = open(fine.output, pages(1, 300), 0);
  expect(await queue.stop(5000)).toEqual([]);
  expect(fine.given.flat()).toEqual(range(1, 300));

  const down = outputWith(() => ({ outcome: "retry", reason: "down" }));
  const other = open(down.output, pages(1, 300), 0);
  await expect.poll(() => down.given.length).toBeGreaterThan(0);
  await other.queue.stop(3_600_000); // exceeds the duration of this test
  expect(other.queue.record()?.seq).toBe(0);
});

test("if standard output is closed, the queue ends and keeps its position", async () => {
  const { output } = outputWith(() => ({ outcome: "rejected", reason: "EPIPE" }), { name: "stdout" });
  const { queue, said, letters } = open(output, pages(1, 10), 0);
  await expect.poll(() => said).toEqual(["ended: EPIPE"]);
  expect([queue.record()?.seq, letters]).toEqual([0, []]);
});

test("counts are available while the journal cannot be read", async () => {
  const source = {
    ...pages(1, 3),
    read(): never {
      throw new Error("input/output error");
    },
  };
  const { queue, said } = open(outputWith(() => delivered).output, source, 0);
  await expect.poll(() => said).toEqual(["cannot read the journal: input/output error"]);
  expect(queue.counts()).toMatchObject({ waiting: 3, first: undefined });
});

test("after the receiver accepts an alert that the queue did not send, the output is no longer rejecting", async () => {
  const { output } = outputWith(() => ({ outcome: "rejected", reason: "status 400" }));
  const { queue, said } = open(output, pages(1, 1), 0);
  await expect.poll(() => queue.counts()).toMatchObject({ rejected: 1, rejecting: true });
  queue.receiverAccepted();
  expect(queue.counts().rejecting).toBeUndefined();
  expect(queue.progress()?.status.rejecting).toBeUndefined();
  expect(said).toEqual(["recovered"]);
});
