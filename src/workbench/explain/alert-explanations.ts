import type { Explained } from "../../alert/background.ts";
import { markDigit, marksText, type PlanPart } from "../../alert/explanation.ts";
import type { Observed } from "../../machine/observed.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { ConditionTrees, Part } from "../condition-tree.ts";
import { explain, type Verdict } from "./explain.ts";
import type { ReadValues } from "./value.ts";

/** Explains an alert when it is raised, for the journal. */
export type ExplainAlert = (rule: LoadedRule, event: Observed) => Explained;

/**
 * Number of alerts of a rule after which the plan of its condition is written again, in case the journal was replaced.
 */
const PLAN_INTERVAL = 1000;

interface Plan {
  readonly part: Part;
  readonly number: number;
  text: string | undefined;
  alerts: number;
}

let numbers = 0;

export function alertExplainer(author: ConditionTrees, show: ReadValues): ExplainAlert {
  const plans = new Map<LoadedRule, Plan>();
  return (rule, event) => {
    let plan = plans.get(rule);
    if (plan === undefined) {
      plan = { part: author.of(rule), number: ++numbers, text: undefined, alerts: 0 };
      plans.set(rule, plan);
    }
    const verdict = explain(plan.part, event, show);
    plan.text ??= JSON.stringify(planOf(verdict));
    let digits = "";
    const values = new Map<string, string>();
    const walk = ({ holds, evaluated, decisive, parts, values: shown }: Verdict): void => {
      digits += markDigit(holds, evaluated, decisive);
      for (const { term, json } of shown) values.set(term, json);
      for (const part of parts) walk(part);
    };
    walk(verdict);
    const isFull = plan.alerts++ % PLAN_INTERVAL === 0;
    return { plan: plan.number, text: isFull ? plan.text : undefined, marks: marksText(digits, values) };
  };
}

function planOf({ part, parts, values }: Verdict): PlanPart {
  const { kind, name, text, place } = part;
  return {
    kind,
    ...(name !== "" && { name }),
    text,
    file: place.file.name,
    ...place.position(),
    ...(values.length > 0 && { terms: values.map(({ term }) => term) }),
    ...(parts.length > 0 && { parts: parts.map(planOf) }),
  };
}
