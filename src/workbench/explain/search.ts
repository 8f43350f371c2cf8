import type { Vocabulary } from "../../condition/bind.ts";
import type { Printing } from "../../field/field.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Definitions } from "../../rule/definitions.ts";
import { buildRuleset, type LoadedRule } from "../../rule/ruleset.ts";
import { conditionTrees } from "../condition-tree.ts";
import { type EventFacts, factsReader } from "./event.ts";
import { explain } from "./explain.ts";
import { type Closeness, closeness, compareCloseness, evaluateRule, type RuleVerdict, rankRules } from "./rank.ts";
import { valueReader } from "./value.ts";

/** The event to explain. */
export type Target =
  /** A given event. */
  | { readonly kind: "one"; readonly matches: (event: Observed) => boolean }
  /**
   * `next`: the first event of a type that the rule evaluates. `nearest`: the event that is closest to a match.
   * @property filter selects events; undefined: all
   */
  | { readonly kind: "next" | "nearest"; readonly filter?: (event: Observed) => boolean };

/** An event and the results of rules. */
export interface SearchResult {
  readonly event: EventFacts;
  readonly verdicts: readonly RuleVerdict[];
}

export interface SearchOptions {
  /** Rules for the source of the events. */
  readonly rules: readonly LoadedRule[];
  /** The rule to explain. If undefined, all rules are explained, closest first. */
  readonly rule: LoadedRule | undefined;
  /** Definitions that the rules were compiled from. */
  readonly definitions: Definitions;
  readonly words: Vocabulary;
  readonly printing: Printing;
}

/** Receives events one by one until it has found the event to explain. */
export interface Search {
  look(event: Observed): void;
  /** True if no later event can change the result. */
  isDone(): boolean;
  result(): SearchResult | undefined;
}

/** Prepares the search for an event to explain. */
export function searchFor(target: Target, { rules, rule, definitions, words, printing }: SearchOptions): Search {
  const factsOf = factsReader(words, printing);
  const show = valueReader(words, printing);
  const author = conditionTrees(definitions);
  const condition = rule && author.of(rule);
  const { wanted } = buildRuleset(rule === undefined ? [] : [rule], "all");
  let found: SearchResult | undefined;
  let best: Closeness | undefined;

  function isWanted(event: Observed): boolean {
    if (target.kind === "one") return found === undefined && target.matches(event);
    if (wanted[event.type] !== 1 || target.filter?.(event) === false) return false;
    if (found !== undefined && (target.kind === "next" || condition === undefined)) return false;
    if (condition === undefined || target.kind === "next") return true;
    const current = closeness(explain(condition, event, () => []));
    if (best !== undefined && compareCloseness(current, best) >= 0) return false;
    best = current;
    return true;
  }

  return {
    look(event) {
      if (!isWanted(event)) return;
      const verdicts =
        rule === undefined ? rankRules(rules, author, event, show) : [evaluateRule(rule, author, event, show)];
      found = { event: factsOf(event), verdicts };
    },
    isDone: () => found !== undefined && (target.kind !== "nearest" || best?.missing.length === 0),
    result: () => found,
  };
}

/** Returns all matching rules, and the `top` rules that came closest to a match. */
export function closestOf(verdicts: readonly RuleVerdict[], top: number): readonly RuleVerdict[] {
  return verdicts.slice(0, verdicts.filter(({ matches }) => matches).length + top);
}
