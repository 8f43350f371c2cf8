import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stateOf } from "../../output/machine-state.fixture.ts";
import type { Delivery } from "../../output/output.ts";
import { Publisher } from "./publisher.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const good: Delivery = { outcome: "delivered" };
const bad: Delivery = { outcome: "retry", reason: "no server" };

/** A publisher that records the time of each document, in seconds. */
function open(answer: () => Delivery | Promise<Delivery> = () => good) {
  const began = performance.now();
  const times: number[] = [];
  const last: boolean[] = [];
  const reasons: string[] = [];
  let written = 0;
  const publisher = new Publisher({
    async write({ eyas }) {
      times.push(Math.round((performance.now() - began) / 1000));
      last.push(eyas.stopped);
      return answer();
    },
    report: (stopped) => ({ state: stateOf(1, { eyas: { stopped } }), written: () => written++ }),
    failed: (reason) => reasons.push(reason),
  });
  return { publisher, times, last, reasons, written: () => written };
}

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

test("the state is written immediately, then each minute, and at most every 5 s if the state changes", async () => {
  const { publisher, times } = open();
  publisher.changed();
  await pass(125);
  expect(times).toEqual([0, 60, 120]);
  for (let i = 0; i < 100; i++) {
    publisher.changed();
    await pass(0.1);
  }
  await pass(5);
  expect(times).toEqual([0, 60, 120, 125, 130, 135]);
});

test("failures are reported once, and attempts become less frequent, even if the state changes", async () => {
  let works = false;
  const { publisher, times, reasons, written } = open(() => (works ? good : bad));
  publisher.changed();
  await pass(1);
  for (let i = 0; i < 200; i++) {
    publisher.changed();
    await pass(1);
  }
  expect(times).toEqual([0, 10, 30, 70, 130, 190]);
  expect([reasons, written()]).toEqual([["no server"], 0]);
  works = true;
  await pass(60);
  expect(written()).toBe(1);
  works = false;
  await pass(60);
  expect(reasons).toEqual(["no server", "no server"]);
});

test("one request is sent at a time, and states are not buffered", async () => {
  const waiting: ((delivery: Delivery) => void)[] = [];
  const { publisher, times } = open(() => new Promise((resolve) => waiting.push(resolve)));
  publisher.changed();
  await pass(1);
  for (let i = 0; i < 1000; i++) publisher.changed();
  await pass(300);
  expect(times).toEqual([0]);
  waiting.shift()?.(good);
  await pass(1);
  expect(times).toEqual([0, 301]);
});

test("the last document states that the agent was shut down, if this is the case", async () => {
  const orderly = open();
  orderly.publisher.changed();
  await pass(1);
  await orderly.publisher.close(true);
  await pass(100);
  expect(orderly.last).toEqual([false, true]);

  const other = open();
  other.publisher.changed();
  await pass(1);
  await other.publisher.close(false);
  other.publisher.changed();
  await pass(100);
  expect(other.last).toEqual([false]);
});
