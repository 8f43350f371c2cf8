import { afterEach, expect, test } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import { alertWith } from "../alert.fixture.ts";
import { type Delivery, delivered, type Output } from "../output.ts";
import { selected } from "../selection.ts";
import { Dispatcher, type DispatcherOptions } from "./dispatcher.ts";
import { OutputQueue } from "./queue.ts";
import type { DeliveryEvent } from "./reports.ts";
import { deliverWithRetries } from "./retry.ts";
import { within } from "./within.fixture.ts";

/** An output with the given responses, which records delivered and accepted alerts. */
function outputWith(
  answer: (batch: readonly Alert[]) => Delivery | Promise<Delivery>,
  { remote = true, name = "test" }: { readonly remote?: boolean; readonly name?: string } = {},
) {
  const accepted: string[] = [];
  const given: string[][] = [];
  const output: Output = {
    name,
    ...(remote && { remote }),
    async deliver(batch) {
      given.push(batch.map(({ text }) => text));
      const delivery = await answer(batch);
      if (delivery.outcome === "delivered") accepted.push(...batch.map(({ text }) => text));
      return delivery;
    },
    reopen() {},
    async close() {},
  };
  return { output, accepted, given };
}

const alerts = (...texts: string[]) => texts.map((text) => alertWith(text));
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

const open: Dispatcher[] = [];
afterEach(async () => {
  for (const dispatcher of open.splice(0)) await dispatcher.close(0);
});

/** A dispatcher without a journal. */
function dispatcherTo(outputs: readonly Output[], waitFor: DispatcherOptions["waitFor"] = "local") {
  const events: DeliveryEvent[] = [];
  let hasEnded = false;
  const dispatcher = new Dispatcher(outputs, {
    waitFor,
    report: (event) => events.push(event),
    ended() {
      hasEnded = true;
    },
  });
  open.push(dispatcher);
  return { dispatcher, events, hasEnded: () => hasEnded };
}

test("alerts are delivered in order, with retries that respect Retry-After", async () => {
  const times: number[] = [];
  const { output, accepted } = outputWith(() => {
    times.push(Date.now());
    return times.length === 1 ? { outcome: "retry", reason: "full", wait: 600 } : delivered;
  });
  const { dispatcher, events } = dispatcherTo([output]);
  await dispatcher.add(alerts("a", "b"));
  await dispatcher.add(alerts("c"));
  await expect.poll(() => accepted, { timeout: 60_000 }).toEqual(["a", "b", "c"]);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(595);
  expect(events.map(({ kind }) => kind)).toEqual(["failing", "recovered"]);
  expect(dispatcher.counts()).toMatchObject([{ delivered: 3, retries: 1, lost: 0, waiting: 0 }]);
});

test("only alerts that need a retry are delivered again, and rejected alerts are reported", async () => {
  let first = true;
  const { output, given } = outputWith((batch): Delivery => {
    if (!first) return delivered;
    first = false;
    const [, b, c] = batch;
    return { outcome: "partly", reason: "r", retry: c ? [c] : [], rejected: b ? [{ alert: b, reason: "odd" }] : [] };
  });
  const { dispatcher, events } = dispatcherTo([output]);
  await dispatcher.add(alerts("a", "b", "c"));
  await expect
    .poll(() => dispatcher.counts(), { timeout: 60_000 })
    .toMatchObject([{ delivered: 2, rejected: 1, lost: 1 }]);
  expect(given).toEqual([["a", "b", "c"], ["c"]]);
  expect(events.map(({ kind }) => kind)).toContain("failing");
});

test("adding alerts never waits for remote outputs; alerts beyond the limit are lost and reported", async () => {
  const { output } = outputWith(() => new Promise<Delivery>(() => {}));
  const { dispatcher, events } = dispatcherTo([output]);
  await dispatcher.add(numbers(15_000).map((text) => alertWith(text)));
  await dispatcher.add(numbers(6000).map((text) => alertWith(text)));
  const reason = "20,000 alerts are already queued in memory";
  expect(events).toEqual([{ kind: "lost", output: "test", alerts: 1000, reason }]);
  expect(dispatcher.counts()).toMatchObject([{ alerts: 21_000, lost: 1000, waiting: 20_000 }]);
});

test("beyond the limit, alerts of a frequent rule are lost before severe alerts and alerts of rare rules", async () => {
  let isDown = true;
  const { output, accepted } = outputWith(() => (isDown ? { outcome: "retry", reason: "down" } : delivered));
  const { dispatcher } = dispatcherTo([output]);
  await dispatcher.add(numbers(20_500).map((text) => alertWith(text)));
  const [rare, severe] = [
    { ...alertWith("rare"), rule: "Rare" },
    { ...alertWith("severe", "Critical"), rule: "Severe" },
  ];
  await dispatcher.add([...alerts("lost"), rare, severe]);
  expect(dispatcher.counts()).toMatchObject([{ alerts: 20_503, lost: 501, waiting: 20_002 }]);
  isDown = false;
  await expect.poll(() => accepted.length, { timeout: 60_000 }).toBe(20_002);
  expect(accepted.slice(-2)).toEqual(["rare", "severe"]);
});

test("local outputs get all alerts in order at any rate, even while a remote output does not respond", async () => {
  let pending = 0;
  let most = 0;
  const slow = outputWith(
    async (batch) => {
      pending++;
      most = Math.max(most, pending);
      await new Promise(setImmediate);
      pending--;
      return batch.length > 0 ? delivered : { outcome: "rejected", reason: "empty" };
    },
    { remote: false, name: "stdout" },
  );
  const stuck = outputWith(() => new Promise<Delivery>(() => {}));
  const { dispatcher, events } = dispatcherTo([slow.output, stuck.output]);
  const all = numbers(50_000);
  for (let at = 0; at < all.length; at += 2500) {
    await dispatcher.add(all.slice(at, at + 2500).map((text) => alertWith(text)));
    expect(slow.accepted).toHaveLength(at + 2500);
  }
  expect(slow.accepted).toEqual(all);
  expect(most).toBe(1);
  expect(events).toMatchObject([{ kind: "lost", output: "test" }]);
});

test("a failing local output loses its alerts without retries, and gets later alerts", async () => {
  let isFull = true;
  const file = outputWith(() => (isFull ? { outcome: "retry", reason: "ENOSPC" } : delivered), { remote: false });
  const { dispatcher, events } = dispatcherTo([file.output]);
  await dispatcher.add(alerts("a", "b"));
  expect(events).toEqual([{ kind: "lost", output: "test", alerts: 2, reason: "ENOSPC" }]);
  isFull = false;
  await dispatcher.add(alerts("c"));
  expect(file.given).toEqual([["a", "b"], ["c"]]);
  expect(dispatcher.counts()).toMatchObject([{ alerts: 3, delivered: 1, lost: 2, retries: 0 }]);
});

test("if standard output is closed, the output ends; the dispatcher ends with the last output", async () => {
  const stdout = outputWith(() => ({ outcome: "rejected", reason: "EPIPE" }), { remote: false, name: "stdout" });
  const { dispatcher, events, hasEnded } = dispatcherTo([stdout.output]);
  await dispatcher.add(alerts("a"));
  expect(events).toEqual([{ kind: "ended", output: "stdout", reason: "EPIPE" }]);
  expect(hasEnded()).toBe(true);
  await dispatcher.add(alerts("b"));
  expect(dispatcher.counts()).toMatchObject([{ alerts: 1, lost: 1, waiting: 0 }]);
});

test("on close, the backlog is delivered until the timeout, and undelivered alerts are reported as lost", async () => {
  const { output } = outputWith(() => ({ outcome: "retry", reason: "down" }));
  const { dispatcher, events } = dispatcherTo([output]);
  await dispatcher.add(alerts("a", "b"));
  await dispatcher.close(50);
  expect(events.at(-1)).toEqual({ kind: "lost", output: "test", alerts: 2, reason: "down" });
});

test("a replay also waits for remote outputs, and closing without a timeout delivers all alerts", async () => {
  let failures = 2;
  const { output, accepted } = outputWith(() => (failures-- > 0 ? { outcome: "retry", reason: "down" } : delivered));
  const { dispatcher, events } = dispatcherTo([{ ...output, interval: 3_600_000 }], "all");
  for (const text of numbers(2500)) await dispatcher.add(alerts(text));
  await dispatcher.close(Number.POSITIVE_INFINITY);
  expect(accepted).toEqual(numbers(2500));
  expect(events.map(({ kind }) => kind)).toEqual(["failing", "recovered"]);
});

test("in a replay, alerts are lost if a remote output has a persistent failure", async () => {
  const { output, given } = outputWith(() => ({ outcome: "retry", reason: "status 401", persistent: true }));
  const { dispatcher, events } = dispatcherTo([output], "all");
  await dispatcher.add(alerts("a"));
  await dispatcher.close(Number.POSITIVE_INFINITY);
  expect(given).toEqual([["a"]]);
  expect(events.at(-1)).toEqual({ kind: "lost", output: "test", alerts: 1, reason: "status 401" });
});

test("the next queue of an output continues with the alerts of the previous one, in order; new outputs start immediately", async () => {
  let isDown = true;
  const before = outputWith(() => (isDown ? { outcome: "retry", reason: "down" } : delivered));
  const removed = outputWith(() => delivered, { name: "removed" });
  const { dispatcher } = dispatcherTo([before.output, removed.output]);
  await dispatcher.add(alerts("a", "b"));
  await expect.poll(() => before.given.length).toBeGreaterThan(0);
  const after = outputWith(() => delivered);
  const added = outputWith(() => delivered, { name: "added" });
  const replaced = dispatcher.replace([after.output, added.output]);
  await dispatcher.add(alerts("c"));
  await expect.poll(() => added.accepted).toEqual(["c"]);
  await replaced;
  isDown = false;
  await expect.poll(() => after.accepted).toEqual(["a", "b", "c"]);
  expect(removed.accepted).toEqual(["a", "b"]);
  expect(dispatcher.counts()).toMatchObject([
    { name: "test", alerts: 3, delivered: 3, lost: 0, waiting: 0 },
    { name: "added", alerts: 1, delivered: 1 },
    { name: "removed", alerts: 2, delivered: 2, removed: true },
  ]);
});

test("retries end at the timeout, and the undelivered alerts and the reason are returned", async () => {
  const { output, given } = outputWith(() => ({ outcome: "retry", reason: "down" }));
  const outcome = await deliverWithRetries(output, alerts("a"), within(600));
  expect(outcome).toMatchObject({ rejected: [], left: [{ text: "a" }], reason: "down" });
  expect(given.length).toBeGreaterThan(1);
  expect(given.length).toBeLessThan(6);
});

test("an output with a minimum priority gets and counts only alerts of at least that priority", async () => {
  const { output, accepted } = outputWith(() => delivered);
  const picky = selected(output, { minimumpriority: "error", sources: [], rules: [], fields: [] });
  expect(picky.remote).toBe(true);
  const batch = [alertWith("e", "Error"), alertWith("w", "Warning"), alertWith("a", "Alert")];
  expect(await picky.deliver(batch)).toEqual(delivered);
  expect(await picky.deliver(alerts("w"))).toEqual(delivered);
  expect(accepted).toEqual(["e", "a"]);
  const listener = { failing() {}, warning() {}, recovered() {}, rejected() {}, lost() {}, async deadLetters() {} };
  const queue = new OutputQueue(picky, { ...listener, ended() {} });
  queue.add(batch.map((alert) => ({ alert, after: 0 })));
  await expect.poll(() => queue.counts()).toMatchObject({ alerts: 2, delivered: 2 });
  await queue.stop(0);
});
