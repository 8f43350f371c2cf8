import type { RuleSettingRequest } from "../agent-view.ts";
import { checkOwnRule } from "./own-rule.ts";
import { MAX_NAME, MAX_RULES, type RuleChange, type RuleSetting, type RuleSettings, versionOf } from "./settings.ts";

/** A change is not made, because the setting has changed or there is nothing to revert. */
export class RuleConflict extends Error {
  readonly code: "conflict" | "not_found";
  constructor(code: RuleConflict["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Computes the settings after a change.
 * @param now milliseconds since the epoch
 * @throws RuleConflict; Error with a message for the user
 */
export async function changedSettings(
  request: RuleSettingRequest,
  settings: RuleSettings,
  now: number,
): Promise<RuleSettings> {
  const { rule, version, user } = request;
  const before = settings.rules.find((one) => one.rule === rule);
  if (versionOf(before) !== version)
    throw new RuleConflict("conflict", "The rule has been changed by another user. Load it again.");
  const time = new Date(now).toISOString();
  if (request.change === "revert") return reverted(settings, rule, before, { user, time });
  const { state, priority, yaml, reason } = request;
  if (rule.length > MAX_NAME) throw new Error(`The name of the rule has more than ${MAX_NAME} characters.`);
  if (rule.includes("*")) throw new Error("A rule with * in its name can only be changed in its file.");
  if (yaml !== undefined) await checkOwnRule(yaml, rule);
  const isSet = state !== undefined || priority !== undefined || yaml !== undefined;
  const after: RuleSetting | undefined = isSet
    ? {
        rule,
        ...(state !== undefined && { state }),
        ...(priority !== undefined && { priority }),
        ...(yaml !== undefined && { yaml: yaml.replace(/\r\n?/g, "\n") }),
        ...{ user, time },
        ...(reason && { reason }),
      }
    : undefined;
  if (after === undefined && before === undefined)
    throw new RuleConflict("not_found", "This rule has not been changed in the web UI.");
  const change: RuleChange = {
    ...{ rule, user, time },
    ...(reason && { reason }),
    ...(before && { before }),
    ...(after && { after }),
  };
  return { rules: replaced(settings.rules, rule, after), changes: [...settings.changes, change] };
}

/** The change of a rule that can be reverted: the last change, if the current setting is the result of this change. */
export function lastChange({ changes }: RuleSettings, rule: string, current: RuleSetting | undefined) {
  const last = changes.findLast((change) => change.rule === rule);
  return last !== undefined && versionOf(last.after) === versionOf(current) ? last : undefined;
}

/** Undoes the last change of a rule, and removes it from the history. */
function reverted(
  settings: RuleSettings,
  rule: string,
  current: RuleSetting | undefined,
  by: Pick<RuleSetting, "time" | "user">,
): RuleSettings {
  const last = lastChange(settings, rule, current);
  if (last === undefined) throw new RuleConflict("not_found", "The rule has no change that can be reverted.");
  const restored = last.before && { ...last.before, ...by };
  const changes = settings.changes.filter((change) => change !== last);
  // The result of the earlier change becomes the restored setting, so that the earlier change can be reverted next.
  const i = changes.findLastIndex((change) => change.rule === rule);
  const earlier = changes[i];
  if (earlier !== undefined && restored !== undefined && versionOf(earlier.after) === versionOf(last.before))
    changes[i] = { ...earlier, after: restored };
  return { rules: replaced(settings.rules, rule, restored), changes };
}

/** Replaces, adds or removes the setting of a rule. The order of the other settings does not change. */
function replaced(rules: RuleSettings["rules"], rule: string, setting: RuleSetting | undefined): RuleSettings["rules"] {
  if (setting === undefined) return rules.filter((one) => one.rule !== rule);
  if (rules.some((one) => one.rule === rule)) return rules.map((one) => (one.rule === rule ? setting : one));
  if (rules.length >= MAX_RULES) throw new Error(`At most ${MAX_RULES} rules can be changed in the web UI.`);
  return [...rules, setting];
}
