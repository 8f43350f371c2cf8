import { type RuleState, ruleStates } from "../../src/rule/states.ts";

const LABELS: Readonly<Record<RuleState, string>> = {
  enabled: "Enabled",
  disabled: "Disabled",
  shadow: "Shadow: count matches, raise no alerts",
};

/** The states that users can set for a rule, with their labels. */
export const STATES: readonly (readonly [RuleState, string])[] = ruleStates.map((state) => [state, LABELS[state]]);

/** The state in a form; undefined if none is set. */
export function stateIn(value: FormDataEntryValue | null): RuleState | undefined {
  return ruleStates.find((state) => state === value);
}
