import { matchesWildcard } from "./wildcard.ts";

/** Enables or disables the rules whose name matches `rule` (`*` is any text), and the rules with `tag`. */
export interface Selection {
  readonly action: "enable" | "disable";
  readonly rule: string | undefined;
  readonly tag: string | undefined;
}

interface Selectable {
  readonly name: string;
  readonly tags: readonly string[];
  readonly enabled: boolean;
}

/**
 * The enabled rules after all selections. They keep the order of `rules`, but a disabled rule that a selection enables
 * comes after those enabled before.
 */
export function selectRules<Rule extends Selectable>(rules: readonly Rule[], selections: readonly Selection[]): Rule[] {
  const on = new Set(rules.filter(({ enabled }) => enabled));
  const apply = (action: Selection["action"], chosen: (rule: Rule) => boolean): void => {
    for (const rule of rules) {
      if (!chosen(rule)) continue;
      if (action === "enable") on.add(rule);
      else on.delete(rule);
    }
  };
  for (const { action, rule: pattern, tag } of selections) {
    if (pattern) apply(action, ({ name }) => matchesWildcard(pattern, name));
    if (tag) apply(action, ({ tags }) => tags.includes(tag));
  }
  return [...on];
}
