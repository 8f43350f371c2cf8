/** The states that the page can set for a rule. The matches of a shadow rule are counted, but raise no alerts. */
export const ruleStates = ["enabled", "disabled", "shadow"] as const;
export type RuleState = (typeof ruleStates)[number];
