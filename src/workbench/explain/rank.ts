import type { Observed } from "../../machine/observed.ts";
import { buildRuleset, type LoadedRule } from "../../rule/ruleset.ts";
import type { ConditionTrees } from "../condition-tree.ts";
import { itemAt } from "../item-at.ts";
import { explain, type Verdict } from "./explain.ts";
import type { ReadValues } from "./value.ts";

/** Distance of a rule from a match on one event. */
export interface Closeness {
  /** The smallest set of tests whose results must change for a match; empty for a match. */
  readonly missing: readonly Verdict[];
  /** Share of satisfied tests, from 0 to 1. Satisfied tests in negations have a quarter of the weight. */
  readonly share: number;
}

/** Result of a rule on an event. */
export interface RuleVerdict extends Closeness {
  readonly rule: LoadedRule;
  readonly verdict: Verdict;
  /** False if the rule is not evaluated for events of this type. */
  readonly relevant: boolean;
  /** Result of the engine, which uses the compiled condition. */
  readonly matches: boolean;
}

/** Evaluates rules on an event, closest first; rules for other event types are last. */
export function rankRules(
  rules: readonly LoadedRule[],
  author: ConditionTrees,
  event: Observed,
  show: ReadValues,
): readonly RuleVerdict[] {
  return rules.map((rule) => evaluateRule(rule, author, event, show)).sort(byCloseness);
}

/** Evaluates a rule on an event. */
export function evaluateRule(rule: LoadedRule, author: ConditionTrees, event: Observed, show: ReadValues): RuleVerdict {
  const verdict = explain(author.of(rule), event, show);
  const { wanted, match } = buildRuleset([rule], "all");
  const relevant = wanted[event.type] === 1;
  return { rule, verdict, relevant, matches: relevant && match(event).length > 0, ...closeness(verdict) };
}

function byCloseness(a: RuleVerdict, b: RuleVerdict): number {
  return Number(b.matches) - Number(a.matches) || Number(b.relevant) - Number(a.relevant) || compareCloseness(a, b);
}

/** Compares two results: negative if `a` is closer to a match than `b`. */
export function compareCloseness(a: Closeness, b: Closeness): number {
  return a.missing.length - b.missing.length || b.share - a.share;
}

export function closeness(verdict: Verdict): Closeness {
  const { missing, held } = need(verdict, true);
  return { missing, share: held / (held + missing.length) };
}

interface Need {
  readonly missing: readonly Verdict[];
  /** Weight of satisfied tests. */
  readonly held: number;
}

/** Weight of a satisfied test in a negation. It is low, because most events satisfy such tests. */
const EXCLUDED = 0.25;

/** Finds the tests whose results must change so that a part has the wanted result. */
function need(verdict: Verdict, wanted: boolean): Need {
  const { part, holds, parts } = verdict;
  if (part.kind === "test") {
    if (holds !== wanted) return { missing: [verdict], held: 0 };
    return { missing: [], held: wanted ? 1 : EXCLUDED };
  }
  if (part.kind === "not") return need(itemAt(parts, 0), !wanted);
  const needs = parts.map((one) => need(one, wanted));
  if ((part.kind === "or") === wanted) return needs.reduce((best, one) => (isLess(one, best) ? one : best));
  return { missing: needs.flatMap(({ missing }) => missing), held: needs.reduce((sum, { held }) => sum + held, 0) };
}

function isLess(a: Need, b: Need): boolean {
  return a.missing.length < b.missing.length || (a.missing.length === b.missing.length && a.held > b.held);
}
