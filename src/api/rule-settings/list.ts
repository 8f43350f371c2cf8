import type { LoadedRules } from "../agent-view.ts";
import type { PageRulesOnDisk } from "../dependencies.ts";
import type { RuleSettings as Listed, RuleChange } from "../schemas/rule-setting.ts";
import { lastChange } from "./change.ts";
import { type RuleSetting, versionOf } from "./settings.ts";

/** Lists the settings of rules on the page, and the last changes. */
export function ruleSettingsList({ file, problem, settings }: PageRulesOnDisk, { rules }: LoadedRules): Listed {
  const names = new Set(rules.map(({ name }) => name));
  const current = new Map(settings.rules.map((setting) => [setting.rule, setting]));
  return {
    file,
    ...(problem !== undefined && { problem }),
    rules: settings.rules.map((setting) => ({
      ...setting,
      version: versionOf(setting),
      ruleExists: names.has(setting.rule),
      revertible: lastChange(settings, setting.rule, setting) !== undefined,
    })),
    changes: settings.changes.toReversed().map((change): RuleChange => {
      const { rule, user, time, reason, before, after } = change;
      const setting = current.get(rule);
      return {
        ...{ rule, user, time },
        ...(reason !== undefined && { reason }),
        ...(before && { before: shown(before) }),
        ...(after && { after: shown(after) }),
        ...(lastChange(settings, rule, setting) === change && { version: versionOf(setting) }),
      };
    }),
  };
}

function shown({ state, priority, yaml }: RuleSetting): NonNullable<RuleChange["after"]> {
  return {
    ...(state !== undefined && { state }),
    ...(priority !== undefined && { priority }),
    ...(yaml !== undefined && { yaml }),
  };
}
