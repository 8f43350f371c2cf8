import { expect, test } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { alertWith } from "../../output/alert.fixture.ts";
import { type Delivery, delivered, type Output } from "../../output/output.ts";
import { deliveryTo } from "./memory-delivery.ts";

const three = ["a", "b", "c"].map((text) => alertWith(text));

/** An output that gives these answers in order, and repeats the last one. */
function answering(name: string, remote: boolean, ...answers: (Delivery | Promise<Delivery>)[]): Output {
  let next = 0;
  return {
    name,
    ...(remote && { remote }),
    deliver: () => Promise.resolve(answers[Math.min(next++, answers.length - 1)] ?? delivered),
    reopen() {},
    async close() {},
  };
}

test("each output has counters from the start, including waiting and lost alerts", async () => {
  let answer: (delivery: Delivery) => void = () => {};
  const silence = new Promise<Delivery>((resolve) => {
    answer = resolve;
  });
  const outputs = [
    answering("stdout", false, delivered),
    answering("file", false, { outcome: "rejected", reason: "the disk is full" }),
    answering("slack", true, silence),
  ];
  const delivery = deliveryTo(outputs, () => {});
  const nothing = { alerts: 0, delivered: 0, rejected: 0, lost: 0, retries: 0, waiting: 0, first: undefined };
  expect(delivery.outputs()).toEqual(["stdout", "file", "slack"].map((name) => ({ name, ...nothing })));
  await delivery.deliver(three);
  expect(delivery.outputs()).toEqual([
    { ...nothing, name: "stdout", alerts: 3, delivered: 3 },
    { ...nothing, name: "file", alerts: 3, rejected: 3, rejecting: true, lost: 3 },
    { ...nothing, name: "slack", alerts: 3, waiting: 3, first: 1n },
  ]);
  answer(delivered);
  await expect.poll(() => delivery.outputs()[2]).toEqual({ ...nothing, name: "slack", alerts: 3, delivered: 3 });
  const { config } = await loadConfig(undefined, [
    "stdout_output.enabled=false",
    "outputs.loki.hostport=http://127.0.0.1:1",
  ]);
  await delivery.apply({ config });
  expect(delivery.outputs().map(({ name, alerts }) => [name, alerts])).toEqual([
    ["loki", 0],
    ["stdout", 3],
    ["file", 3],
    ["slack", 3],
  ]);
  await delivery.close();
});

test("if new outputs cannot be opened, the previous outputs stay open and the error is reported", async () => {
  const said: string[] = [];
  const delivery = deliveryTo([answering("slack", false, delivered)], ({ message }) => said.push(message));
  const { config } = await loadConfig(undefined, ["stdout_output.enabled=false"]);
  const redis = { ...config.outputs.redis, address: "redis://[" };
  let failures = 0;
  await delivery.apply({ config: { ...config, outputs: { ...config.outputs, redis } } }, () => failures++);
  expect(said).toEqual([expect.stringMatching(/^Cannot open outputs: .*\.$/)]);
  expect(failures).toBe(1);
  await delivery.deliver(three);
  expect(delivery.outputs()).toMatchObject([{ name: "slack", delivered: 3 }]);
  await delivery.close();
});
