import { matchesWildcard } from "./wildcard.ts";

/**
 * Enables, disables or shadows the rules whose name matches `rule` (`*` is any text), and the rules with `tag`. The
 * matches of a shadow rule are counted, but raise no alerts.
 */
export interface Selection {
  readonly action: "enable" | "disable" | "shadow";
  readonly rule: string | undefined;
  readonly tag: string | undefined;
}

interface Selectable {
  readonly name: string;
  readonly tags: readonly string[];
  readonly enabled: boolean;
}

/** The rules to evaluate after all selections. */
export interface SelectedRules<Rule> {
  /**
   * The rules that raise alerts. They keep their order, but a disabled rule that a selection enables follows the rules
   * that were already enabled.
   */
  readonly enabled: readonly Rule[];
  /** The shadow rules. */
  readonly shadow: readonly Rule[];
}

/** Applies selections to rules, in their order. */
export function selectRules<Rule extends Selectable>(
  rules: readonly Rule[],
  selections: readonly Selection[],
): SelectedRules<Rule> {
  const on = new Set(rules.filter(({ enabled }) => enabled));
  const shadow = new Set<Rule>();
  const apply = (action: Selection["action"], chosen: (rule: Rule) => boolean): void => {
    for (const rule of rules) {
      if (!chosen(rule)) continue;
      if (action === "enable") on.add(rule);
      else on.delete(rule);
      if (action === "shadow") shadow.add(rule);
      else shadow.delete(rule);
    }
  };
  for (const { action, rule: pattern, tag } of selections) {
    if (pattern) apply(action, ({ name }) => matchesWildcard(pattern, name));
    if (tag) apply(action, ({ tags }) => tags.includes(tag));
  }
  return { enabled: [...on], shadow: [...shadow] };
}
