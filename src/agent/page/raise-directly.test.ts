import { expect, test } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import type { InternalEvent } from "../../alert/internal.ts";
import type { Delivery, Output } from "../../output/output.ts";
import { directAlerts } from "./raise-directly.ts";

const options = {
  hostname: "page",
  isoTime: true,
  includeOutput: true,
  includeMessage: false,
  includeFields: true,
  includeTags: true,
};
const pauses = { first: 1, longest: 2 };
const events: readonly InternalEvent[] = ["node-1", "node-2"].map((name) => ({
  rule: "Eyas internal: machine silent",
  priority: "Error",
  message: `The agent on ${name} has been silent.`,
  fields: { "eyas.machine": name },
}));

/** An output with these responses, the last of which repeats, and the machines in each batch. */
function outputWith(...responses: ((batch: readonly Alert[]) => Delivery)[]) {
  const batches: string[][] = [];
  const ids = new Set<string | undefined>();
  let isClosed = false;
  const output: Output = {
    name: "webhook",
    async deliver(batch) {
      batches.push(batch.map(({ json }) => /node-\d/.exec(json)?.[0] ?? ""));
      for (const { id } of batch) ids.add(id);
      return responses[Math.min(batches.length, responses.length) - 1]!(batch);
    },
    reopen() {},
    async close() {
      isClosed = true;
    },
  };
  return { output, batches, ids, isClosed: () => isClosed };
}

const delivered = (): Delivery => ({ outcome: "delivered" });
const retry = (): Delivery => ({ outcome: "retry", reason: "the server responded with 503" });

test("alerts are sent to each output until it has delivered or rejected them", async () => {
  const log: string[] = [];
  const ready = outputWith(delivered);
  const late = outputWith(retry, retry, delivered);
  const partial = outputWith(
    (batch) => ({
      ...{ outcome: "partly", reason: "some failed", retry: batch.slice(1) },
      rejected: [{ alert: batch[0]!, reason: "it is too large" }],
    }),
    delivered,
  );
  const refusing = outputWith(() => ({ outcome: "rejected", reason: "it is invalid" }));
  const all = [ready, late, partial, refusing];
  const alerts = directAlerts(
    all.map(({ output }) => output),
    options,
    (line) => log.push(line),
    pauses,
  );
  await alerts.raise(events);
  const both = ["node-1", "node-2"];
  expect(all.map(({ batches }) => batches)).toEqual([[both], [both, both, both], [both, ["node-2"]], [both]]);
  expect(new Set(all.flatMap(({ ids }) => [...ids])).size).toBe(2);
  expect(log.sort()).toEqual([
    "Output webhook failed, retrying: some failed.",
    "Output webhook failed, retrying: the server responded with 503.",
    "Output webhook rejects an alert: it is invalid.",
    "Output webhook rejects an alert: it is too large.",
  ]);
  await alerts.close();
  expect(all.map(({ isClosed }) => isClosed())).toEqual([true, true, true, true]);
});

test("closing ends retries, and the alerts do not count as raised", async () => {
  const failing = outputWith(retry);
  const alerts = directAlerts([failing.output], options, () => {}, { first: 3_600_000, longest: 3_600_000 });
  const raised = alerts.raise(events);
  const outcome = expect(raised).rejects.toThrow("aborted");
  await alerts.close();
  await outcome;
});
