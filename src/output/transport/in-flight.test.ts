import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import { alertWith } from "../alert.fixture.ts";
import { type Delivery, delivered } from "../output.ts";
import { inFlight } from "./in-groups.ts";

const alerts = Array.from({ length: 10 }, (_, i) => alertWith(`${i}`));
const retry: Delivery = { outcome: "retry", reason: "busy", wait: 7 };

/** Sends groups of two; the response to the group that starts with an alert is in `answers`. */
async function send(answers: ReadonlyMap<Alert | undefined, Delivery>, atOnce = 2) {
  const sent: (readonly Alert[])[] = [];
  let running = 0;
  let most = 0;
  const delivery = await inFlight(alerts, 2, atOnce, async (group) => {
    sent.push(group);
    most = Math.max(most, ++running);
    const answer = answers.get(group[0]);
    if (answer === undefined) await delay(5); // failures are known first
    running--;
    return answer ?? delivered;
  });
  return { delivery, sent, most };
}

test("each alert is sent once, with at most the given number of groups at the same time", async () => {
  for (const atOnce of [1, 2, 3]) {
    const { delivery, sent, most } = await send(new Map(), atOnce);
    expect(delivery).toEqual(delivered);
    expect(sent.flat()).toEqual(alerts);
    expect(most).toBe(atOnce);
  }
});

test("after a failed group no other group is sent, and alerts that did not arrive need a retry, in order", async () => {
  const { delivery, sent } = await send(new Map([[alerts[2], retry]]));
  expect(sent).toHaveLength(2);
  expect(delivery).toEqual({
    outcome: "partly",
    reason: "busy",
    retry: alerts.slice(2),
    rejected: [],
    wait: 7,
  });
});

test("if no alert arrives, the whole batch needs a retry", async () => {
  const { delivery, sent } = await send(
    new Map([
      [alerts[0], retry],
      [alerts[2], retry],
    ]),
  );
  expect(sent).toHaveLength(2);
  expect(delivery).toEqual(retry);
});

test("rejected alerts do not delay others", async () => {
  const [, , third, , fifth, sixth] = alerts;
  if (third === undefined || fifth === undefined || sixth === undefined) throw new Error("there are ten alerts");
  const { delivery } = await send(
    new Map<Alert, Delivery>([
      [third, { outcome: "rejected", reason: "too long" }],
      [fifth, { outcome: "partly", reason: "odd", retry: [], rejected: [{ alert: sixth, reason: "odd" }] }],
    ]),
  );
  expect(delivery).toMatchObject({ outcome: "partly", retry: [] });
  const rejected = delivery.outcome === "partly" ? delivery.rejected : [];
  expect(rejected.map(({ alert, reason }) => [alert.text, reason])).toEqual([
    ["2", "too long"],
    ["3", "too long"],
    ["5", "odd"],
  ]);
});
