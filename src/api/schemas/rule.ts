import {
  described,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  orNull,
  record,
  text,
  time,
  type Value,
  whole,
} from "../schema.ts";
import { mitre } from "./alert.ts";
import { priority, searched } from "./common.ts";

const rule = {
  name: text(),
  source: text(),
  priority,
  tags: list(text()),
  enabled: flag(),
  shadow: flag("Whether matches are counted, but raise no alerts. A shadow rule is not enabled."),
  file: text(),
  line: whole(),
  hits: whole("Number of alerts in the last 24 hours."),
  lastHit: orNull(time()),
  nanoseconds: optional(number("Evaluation time per event, if measured.")),
  matches: optional(whole("Number of matches of a shadow rule since the agent started.")),
  description: text(),
};

const RuleRow = object(rule);
export type RuleRow = Value<typeof RuleRow>;

export const Rules = object({ rules: list(RuleRow) });

export const RuleDetail = object({
  ...rule,
  yaml: text(),
  condition: text(),
  output: text(),
  exceptions: list(text()),
  mitre,
});
export type RuleDetail = Value<typeof RuleDetail>;

const RuleFile = object({
  name: text(),
  text: text(),
  skips: optional(
    described(
      oneOf(["unknown rules", "invalid"]),
      "Items that are skipped without rejecting the file: changes to rules that do not exist (`unknown rules`), or all items with an error (`invalid`).",
    ),
  ),
});
export type RuleFile = Value<typeof RuleFile>;

/** The loaded rule files and the settings of the configuration that affect them. */
export const RuleFiles = object({
  files: list(RuleFile),
  statics: record(text()),
  sources: list(text("A configured source.")),
  switched: record(
    flag("Whether the configuration enables (true) or disables (false) the rule. Takes precedence over the rule file."),
  ),
});
export type RuleFiles = Value<typeof RuleFiles>;

const RuleWarning = object({
  file: text(),
  line: whole("Line number, starting at 1."),
  column: whole("Column number, starting at 1."),
  rule: orNull(text("The affected rule.")),
  code: text(),
  message: text(),
});
export type RuleWarning = Value<typeof RuleWarning>;

const LeftOutRules = object({
  file: text(),
  rules: list(text()),
  message: text("A message that names the missing plugin or source, and a replacement."),
});
export type LeftOutRules = Value<typeof LeftOutRules>;

/** The warnings about the loaded rule files, and the skipped files and rules. */
export const RuleWarnings = object({ warnings: list(RuleWarning), leftOut: list(LeftOutRules) });
export type RuleWarnings = Value<typeof RuleWarnings>;

export const Coverage = object({
  version: text("Version of MITRE ATT&CK."),
  tactics: list(
    object({
      id: text(),
      name: text(),
      techniques: list(
        object({
          id: text(),
          name: text(),
          rules: list(text("An enabled rule that names the technique or one of its sub-techniques.")),
          fired: whole("Number of alerts of these rules that match the filter."),
          as: optional(text("The technique whose rules also detect this technique.")),
          reason: optional(whole("Index in `reasons` of the reason why no default rule detects the technique.")),
          other: optional(flag("Whether the technique is for platforms other than Linux and Containers.")),
        }),
      ),
    }),
  ),
  reasons: list(text()),
  ...searched,
});
export type Coverage = Value<typeof Coverage>;

const Sample = object({ name: text(), bytes: whole(), about: text() });
export type Sample = Value<typeof Sample>;

export const Samples = list(Sample);
