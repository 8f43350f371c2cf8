import type { Vocabulary } from "../../condition/bind.ts";
import type { Printing } from "../../field/field.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Definitions } from "../../rule/definitions.ts";
import { buildRuleset, type LoadedRule } from "../../rule/ruleset.ts";
import { authorOf } from "../written.ts";
import { type EventFacts, eventTeller } from "./event.ts";
import { explain } from "./explain.ts";
import { compareNearness, judge, type Nearness, nearness, type RuleVerdict, rankRules } from "./near.ts";
import { valueShower } from "./value.ts";

/** Which event is to be explained. */
export type Target =
  /** This one. */
  | { readonly kind: "one"; readonly isIt: (event: Observed) => boolean }
  /**
   * The next that the rule is asked about, or of all of them the one at which it came nearest to firing.
   * @property among which events are looked at; undefined: all
   */
  | { readonly kind: "next" | "nearest"; readonly among?: (event: Observed) => boolean };

/** An event and what rules made of it. */
export interface Found {
  readonly event: EventFacts;
  readonly verdicts: readonly RuleVerdict[];
}

export interface SearchOptions {
  /** The rules of the events' source. */
  readonly rules: readonly LoadedRule[];
  /** The one that is asked about; undefined: all, the nearest to firing first. */
  readonly rule: LoadedRule | undefined;
  /** What the rules were compiled from. */
  readonly definitions: Definitions;
  readonly words: Vocabulary;
  readonly printing: Printing;
}

/** Looks at events one by one, until it has the one that was wished for. */
export interface Search {
  look(event: Observed): void;
  /** Whether no further event can change what was found. */
  isDone(): boolean;
  found(): Found | undefined;
}

/** Prepares a search for an event to explain. */
export function searchFor(wish: Target, { rules, rule, definitions, words, printing }: SearchOptions): Search {
  const tell = eventTeller(words, printing);
  const show = valueShower(words, printing);
  const author = authorOf(definitions);
  const condition = rule && author.condition(rule);
  const { wanted } = buildRuleset(rule === undefined ? [] : [rule], "all");
  let found: Found | undefined;
  let best: Nearness | undefined;

  function isWanted(event: Observed): boolean {
    if (wish.kind === "one") return found === undefined && wish.isIt(event);
    if (wanted[event.type] !== 1 || wish.among?.(event) === false) return false;
    if (found !== undefined && (wish.kind === "next" || condition === undefined)) return false;
    if (condition === undefined || wish.kind === "next") return true;
    const near = nearness(explain(condition, event, () => []));
    if (best !== undefined && compareNearness(near, best) >= 0) return false;
    best = near;
    return true;
  }

  return {
    look(event) {
      if (!isWanted(event)) return;
      const verdicts = rule === undefined ? rankRules(rules, author, event, show) : [judge(rule, author, event, show)];
      found = { event: tell(event), verdicts };
    },
    isDone: () => found !== undefined && (wish.kind !== "nearest" || best?.missing.length === 0),
    found: () => found,
  };
}

/** Of all rules those that fired, and `top` of those that came near. */
export function nearestOf(verdicts: readonly RuleVerdict[], top: number): readonly RuleVerdict[] {
  return verdicts.slice(0, verdicts.filter(({ fires }) => fires).length + top);
}
