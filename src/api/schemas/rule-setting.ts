import { ruleStates } from "../../rule/states.ts";
import { described, flag, list, object, oneOf, optional, text, time, type Value } from "../schema.ts";
import { priority } from "./common.ts";

const setting = {
  state: optional(described(oneOf(ruleStates), "If missing, the rule files and the configuration apply.")),
  priority: optional(priority),
  yaml: optional(text("The rule, if it was created in the web UI.")),
};

/** Setting of a rule on the page. */
const RuleSetting = object({
  rule: text(),
  ...setting,
  version: text("Digest of the setting; required to change the setting."),
  user: text("User who made the last change."),
  time: time(),
  reason: optional(text()),
  ruleExists: flag("Whether a rule with this name is loaded."),
  revertible: flag("Whether the last change can be reverted."),
});
export type RuleSetting = Value<typeof RuleSetting>;

const RuleChange = object({
  rule: text(),
  user: text(),
  time: time(),
  reason: optional(text()),
  before: optional(object(setting)),
  after: optional(object(setting)),
  version: optional(text("Required to revert the change; missing if the change cannot be reverted.")),
});
export type RuleChange = Value<typeof RuleChange>;

export const RuleSettings = object({
  file: text("Path of the file with the settings."),
  problem: optional(text("Reason why rules cannot be changed.")),
  rules: described(list(RuleSetting), "Settings of rules, in the order in which they were added."),
  changes: described(list(RuleChange), "The last changes, newest first."),
});
export type RuleSettings = Value<typeof RuleSettings>;

/** The result of a change. */
export const ChangedRule = object({ file: text(), reloaded: flag() });
