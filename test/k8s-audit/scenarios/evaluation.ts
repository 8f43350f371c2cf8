import { priorities } from "../../../src/rule/rule.ts";
import { evaluateLogs } from "../evaluate.ts";
import { benign } from "./benign.ts";
import { hostile, scenarioOf } from "./run.ts";

/** Result of the default rules for the scenarios. */
export interface Evaluation {
  /** Hostile scenarios that raise an alert in addition to activity records. */
  readonly seen: readonly string[];
  readonly missed: readonly string[];
  /** Benign scenarios that raise such an alert, each with the rule. */
  readonly noisy: readonly (readonly [id: string, rule: string])[];
  /** Rules that matched, by hostile scenario. */
  readonly rules: ReadonlyMap<string, readonly string[]>;
}

const NOTICE = priorities.indexOf("Notice");

/** Evaluates the audit events of all scenarios. */
export async function evaluateScenarios(logs: readonly string[]): Promise<Evaluation> {
  const { alerts, invalid } = await evaluateLogs(logs);
  if (invalid.length > 0) throw new Error(invalid.join("\n"));
  const rules = new Map<string, string[]>();
  for (const { rule, priority, tags, userAgent } of alerts) {
    const id = scenarioOf(userAgent);
    if (id === undefined || tags.includes("activity") || priorities.indexOf(priority) > NOTICE) continue;
    rules.set(id, [...(rules.get(id) ?? []), rule]);
  }
  const ids = hostile.map(({ id }) => id);
  return {
    seen: ids.filter((id) => rules.has(id)),
    missed: ids.filter((id) => !rules.has(id)),
    noisy: benign.flatMap(({ id }) => (rules.get(id) ?? []).map((rule) => [id, rule] as const)),
    rules,
  };
}
