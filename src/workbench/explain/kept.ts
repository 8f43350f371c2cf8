import type { Explained } from "../../alert/background.ts";
import { markDigit, marksText, type PlanPart } from "../../alert/explanation.ts";
import type { Observed } from "../../machine/observed.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { Author, Part } from "../written.ts";
import { explain, type Verdict } from "./explain.ts";
import type { ShowValues } from "./value.ts";

/** Explains alerts as they are raised, for the journal. */
export type KeepExplanation = (rule: LoadedRule, event: Observed) => Explained;

/** Alerts after which the text of a rule's plan is told again: whoever writes the journal may have begun anew. */
const TELL_AGAIN = 1000;

interface Plan {
  readonly part: Part;
  readonly number: number;
  text: string | undefined;
  told: number;
}

let numbers = 0;

export function explanationKeeper(author: Author, show: ShowValues): KeepExplanation {
  const plans = new Map<LoadedRule, Plan>();
  return (rule, event) => {
    let plan = plans.get(rule);
    if (plan === undefined) {
      plan = { part: author.condition(rule), number: ++numbers, text: undefined, told: 0 };
      plans.set(rule, plan);
    }
    const verdict = explain(plan.part, event, show);
    plan.text ??= JSON.stringify(planOf(verdict));
    let digits = "";
    const values = new Map<string, string>();
    const walk = ({ holds, asked, decisive, parts, values: shown }: Verdict): void => {
      digits += markDigit(holds, asked, decisive);
      for (const { term, json } of shown) values.set(term, json);
      for (const part of parts) walk(part);
    };
    walk(verdict);
    const tell = plan.told++ % TELL_AGAIN === 0;
    return { plan: plan.number, text: tell ? plan.text : undefined, marks: marksText(digits, values) };
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
