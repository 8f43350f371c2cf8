import { expect, test } from "vitest";
import type { OutputCounts } from "../../output/dispatch/counts.ts";
import { Health } from "../../telemetry/health.ts";
import { observeHealth } from "./session-health.ts";

const NOW = Date.UTC(2026, 0, 1);
const fine: OutputCounts = {
  ...{ name: "slack", alerts: 5, delivered: 5, rejected: 0, lost: 0, retries: 0, waiting: 0, first: undefined },
};

function outputsAfter(health: Health, counts: Partial<OutputCounts>): unknown {
  const delivery = { outputs: () => [{ ...fine, ...counts }] };
  observeHealth(health, { delivery: delivery as never, documents: [] }, NOW);
  const { state, reason } = health.get("outputs") ?? {};
  return { state, reason };
}

test("outputs are degraded by an old backlog, longer than their interval", () => {
  const health = new Health(() => {});
  const first = BigInt(NOW - 90_000) * 1_000_000n;
  expect(outputsAfter(health, { waiting: 3, first, interval: 60_000 })).toMatchObject({ state: "ok" });
  expect(outputsAfter(health, { waiting: 3, first })).toEqual({
    state: "degraded",
    reason: "slack has a backlog of 3",
  });
});

test("outputs are degraded from a rejected alert to the next that is delivered", () => {
  const health = new Health(() => {});
  expect(outputsAfter(health, {})).toMatchObject({ state: "ok" });
  expect(outputsAfter(health, { rejected: 1 })).toEqual({ state: "degraded", reason: "slack rejects alerts" });
  expect(outputsAfter(health, { rejected: 1 })).toMatchObject({ state: "degraded" });
  expect(outputsAfter(health, { rejected: 1, delivered: 6 })).toMatchObject({ state: "ok" });
  expect(outputsAfter(health, { rejected: 2, delivered: 7 })).toMatchObject({ state: "ok" });
});
