import { afterEach, expect, test } from "vitest";
import { alertWith } from "../alert.fixture.ts";
import { delivered, type Output } from "../output.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { DeliveryEvent } from "./reports.ts";

let dispatcher: Dispatcher | undefined;
afterEach(() => dispatcher?.close(0));

/** A dispatcher with one output that responds only when the test resolves `answer`. */
function withHangingOutput(capacity: number, timeout: number) {
  const events: DeliveryEvent[] = [];
  const answer = Promise.withResolvers<typeof delivered>();
  const slow = Promise.withResolvers<void>();
  const output: Output = {
    name: "http",
    remote: true,
    deliver: () => answer.promise,
    reopen: () => answer.resolve(delivered),
    async close() {},
  };
  const opened = new Dispatcher([output], {
    waitFor: "local",
    queues: { outputs_queue: { capacity }, output_timeout: timeout },
    report(event) {
      events.push(event);
      if (event.kind === "slow") slow.resolve();
    },
    ended() {},
  });
  dispatcher = opened;
  return { dispatcher: opened, events, answer, slow: slow.promise };
}

const alerts = (count: number) => Array.from({ length: count }, (_, i) => alertWith(String(i)));

test("outputs_queue.capacity limits the number of alerts in memory; additional alerts are lost and counted", async () => {
  const { dispatcher, events } = withHangingOutput(10, 0);
  await dispatcher.add(alerts(25));
  expect(dispatcher.counts()).toMatchObject([{ waiting: 10, lost: 15 }]);
  expect(events).toEqual([
    { kind: "lost", output: "http", alerts: 15, reason: "10 alerts are already queued in memory" },
  ]);
});

test("a capacity of 0 means the default limit", async () => {
  const { dispatcher } = withHangingOutput(0, 0);
  await dispatcher.add(alerts(25));
  expect(dispatcher.counts()).toMatchObject([{ waiting: 25, lost: 0 }]);
});

test("an output that has not responded within output_timeout is reported once", async () => {
  const { dispatcher, events, answer, slow } = withHangingOutput(0, 5);
  await dispatcher.add(alerts(1));
  await slow;
  answer.resolve(delivered);
  expect(events).toEqual([{ kind: "slow", output: "http", milliseconds: 5 }]);
});
