import { priorities } from "../../rule/rule.ts";
import { ruleStates } from "../../rule/states.ts";
import { digestOf } from "../exceptions/entries.ts";
import { mistakeIn } from "../mistake.ts";
import { filledText, object, oneOf, optional, shortList, shortText, time, type Value } from "../schema.ts";

/** Maximum number of rules with a setting. */
export const MAX_RULES = 1000;
/** Maximum number of changes to keep. */
const MAX_CHANGES = 100;
/** Maximum size of the file in bytes. */
export const MAX_SIZE = 1 << 20;
/** Maximum number of characters of a rule that was written on the page, and of the reason of a change. */
export const MAX_YAML = 20_000;
export const MAX_REASON = 500;
/** Maximum number of characters of the name of a rule. */
export const MAX_NAME = 500;

/** Setting of a rule on the page. */
const RuleSetting = object({
  rule: filledText(MAX_NAME),
  state: optional(oneOf(ruleStates)),
  priority: optional(oneOf(priorities)),
  yaml: optional(filledText(MAX_YAML, "The rule, if it was created in the web UI.")),
  user: shortText(200),
  time: time(),
  reason: optional(shortText(MAX_REASON)),
});
export type RuleSetting = Value<typeof RuleSetting>;

/** A change of a setting. Without `before`, the setting was added; without `after`, the setting was removed. */
const RuleChange = object({
  rule: filledText(MAX_NAME),
  user: shortText(200),
  time: time(),
  reason: optional(shortText(MAX_REASON)),
  before: optional(RuleSetting),
  after: optional(RuleSetting),
});
export type RuleChange = Value<typeof RuleChange>;

const SettingsFile = object({
  rules: shortList(RuleSetting, MAX_RULES),
  changes: shortList(RuleChange, MAX_CHANGES),
});

/** The settings of rules, in the order in which they were added, and their last changes, oldest first. */
export type RuleSettings = Value<typeof SettingsFile>;

export const NO_SETTINGS: RuleSettings = { rules: [], changes: [] };

/** Parses the text of a settings file. @throws Error with a message for the user */
export function settingsIn(text: string): RuleSettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The file is not valid JSON: ${error instanceof Error ? error.message : error}.`);
  }
  const mistake = mistakeIn(SettingsFile, value, "The file");
  if (mistake !== undefined) throw new Error(`${mistake}.`);
  return value as RuleSettings;
}

/**
 * The text of a settings file. The oldest changes are omitted if there are too many changes or the file would be too
 * large.
 * @throws Error if the file would be too large even without changes
 */
export function settingsText({ rules, changes }: RuleSettings): string {
  for (let kept = changes.slice(-MAX_CHANGES); ; kept = kept.slice(1)) {
    const text = `${JSON.stringify({ rules, changes: kept }, null, 1)}\n`;
    if (Buffer.byteLength(text) <= MAX_SIZE) return text;
    if (kept.length === 0)
      throw new Error(`The rules from the web UI exceed ${MAX_SIZE >> 20} MiB; remove some first.`);
  }
}

/**
 * Identifies a version of a setting, so that a user does not overwrite the change of another user. Empty if there is no
 * setting.
 */
export function versionOf(setting: RuleSetting | undefined): string {
  return setting === undefined ? "" : digestOf(JSON.stringify(setting));
}
