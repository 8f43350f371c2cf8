// Hostile and benign scenarios in recorded audit events of an API server. `npm run test:kubernetes` runs them on an API
// server.
import { join } from "node:path";
import { expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { benign } from "./k8s-audit/scenarios/benign.ts";
import { evaluateScenarios } from "./k8s-audit/scenarios/evaluation.ts";
import { hostile } from "./k8s-audit/scenarios/run.ts";

const { missed, noisy } = await evaluateScenarios([join(home, "test/k8s-audit/scenarios.events.jsonl.gz")]);

test("every hostile scenario raises an alert besides activity records", () => {
  expect(hostile.length).toBeGreaterThanOrEqual(182);
  expect(missed).toEqual([]);
});

test("no benign scenario raises an alert besides activity records", () => {
  expect(benign.length).toBeGreaterThanOrEqual(34);
  expect(noisy).toEqual([]);
});
