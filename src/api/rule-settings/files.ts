import type { RuleFile } from "../../rule/location.ts";
import type { Selection } from "../../rule/select.ts";
import type { RuleSetting, RuleSettings } from "./settings.ts";

/** Name of the file with the priorities that the page sets. */
const PRIORITIES = "page-priorities";

/** Name under which a rule that was written on the page is loaded. */
export function ownRuleFile(rule: string): string {
  return `page/${rule}`;
}

/** The rules that were written on the page, and the changed priorities of rules, as rule files. */
export function ruleFilesOf({ rules }: RuleSettings): RuleFile[] {
  const own = rules.flatMap(({ rule, yaml }): RuleFile[] =>
    yaml === undefined ? [] : [{ name: ownRuleFile(rule), text: yaml }],
  );
  const priorities = rules.flatMap(({ rule, priority }) =>
    priority === undefined
      ? []
      : [`- rule: ${quoted(rule)}\n  priority: ${priority}\n  override: {priority: replace}\n`],
  );
  if (priorities.length === 0) return own;
  return [...own, { name: PRIORITIES, text: priorities.join(""), skips: "unknown rules" }];
}

/** The states that the page sets. They apply after the rule selections in the configuration. */
export function selectionsOf({ rules }: RuleSettings): Selection[] {
  return rules.flatMap(({ rule, state }) =>
    state === undefined ? [] : [{ action: actions[state], rule, tag: undefined }],
  );
}

const actions = { enabled: "enable", disabled: "disable", shadow: "shadow" } as const satisfies Record<
  NonNullable<RuleSetting["state"]>,
  Selection["action"]
>;

/** A double-quoted YAML scalar. Control characters, and other characters that are line breaks in YAML, are escaped. */
function quoted(text: string): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, escaped);
}
