import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Alert } from "../alert/alert.ts";
import { alertWith } from "./alert.fixture.ts";
import { insist, within } from "./insist.ts";
import { lineUp } from "./line-up.ts";
import { type Delivery, delivered, type Output } from "./output.ts";
import { severeEnough } from "./severe-enough.ts";

/** An output that answers as told, and writes down what it took. */
function outputWith(answer: (batch: readonly Alert[]) => Delivery | Promise<Delivery>) {
  const took: string[] = [];
  const given: string[][] = [];
  const output: Output = {
    name: "test",
    remote: true,
    async deliver(batch) {
      given.push(batch.map(({ text }) => text));
      const delivery = await answer(batch);
      if (delivery.outcome === "delivered") took.push(...batch.map(({ text }) => text));
      return delivery;
    },
    reopen() {},
    async close() {},
  };
  return { output, took, given };
}

const alerts = (...texts: string[]) => texts.map((text) => alertWith(text));

function watched(output: Output, most?: number, lastWhile?: number) {
  const lost: [number, string][] = [];
  const troubles: string[] = [];
  const line = lineUp(output, {
    troubled: (reason) => troubles.push(reason),
    lost: (count, reason) => lost.push([count, reason]),
    ...(most !== undefined && { most }),
    ...(lastWhile !== undefined && { lastWhile }),
  });
  return { line, lost, troubles };
}

test("alerts arrive in their order, whatever it takes, and the wait that is asked for is kept", async () => {
  const times: number[] = [];
  const { output, took } = outputWith(() => {
    times.push(Date.now());
    return times.length === 1 ? { outcome: "retry", reason: "full", wait: 600 } : delivered;
  });
  const { line, lost, troubles } = watched(output);
  line.add(alerts("a", "b"));
  line.add(alerts("c"));
  await sleep(700);
  await line.close();
  expect(took).toEqual(["a", "b", "c"]);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(595);
  expect([lost, troubles]).toEqual([[], ["full"]]);
});

test("only what is asked for again is given again, and what is refused is told", async () => {
  let first = true;
  const { output, given } = outputWith((batch): Delivery => {
    if (!first) return delivered;
    first = false;
    const [, b, c] = batch;
    return { outcome: "partly", reason: "r", retry: c ? [c] : [], refused: b ? [{ alert: b, reason: "odd" }] : [] };
  });
  const { line, lost } = watched(output);
  line.add(alerts("a", "b", "c"));
  await sleep(300);
  await line.close();
  expect(given).toEqual([["a", "b", "c"], ["c"]]);
  expect(lost).toEqual([[1, "odd"]]);
});

test("adding never waits; a line that is full loses what comes last, and says so", async () => {
  const { output } = outputWith(() => new Promise<Delivery>(() => {}));
  const { line, lost } = watched(output, 3);
  line.add(alerts("a", "b"));
  line.add(alerts("c", "d", "e", "f"));
  expect(lost).toEqual([[1, "3 alerts stand in line for it already"]]);
});

test("at the end there is a last while, and what does not arrive in it is told as lost", async () => {
  const { output } = outputWith(() => ({ outcome: "retry", reason: "down" }));
  const { line, lost } = watched(output, 100, 50);
  line.add(alerts("a", "b"));
  await line.close();
  expect(lost).toEqual([[2, "down"]]);
});

test("insisting ends when there is no more time, with what is left and why", async () => {
  const { output, given } = outputWith(() => ({ outcome: "retry", reason: "down" }));
  const outcome = await insist(output, alerts("a"), within(600));
  expect(outcome).toMatchObject({ refused: [], left: [{ text: "a" }], reason: "down" });
  expect(given.length).toBeGreaterThan(1);
  expect(given.length).toBeLessThan(6);
});

test("an output with a minimum priority is given only what is as severe", async () => {
  const { output, took } = outputWith(() => delivered);
  const picky = severeEnough(output, { minimumpriority: "error", sources: [], rules: [], fields: [] });
  expect(picky.remote).toBe(true);
  const batch = [alertWith("e", "Error"), alertWith("w", "Warning"), alertWith("a", "Alert")];
  expect(await picky.deliver(batch)).toEqual(delivered);
  expect(await picky.deliver(alerts("w"))).toEqual(delivered);
  expect(took).toEqual(["e", "a"]);
});
