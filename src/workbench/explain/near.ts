import type { Observed } from "../../machine/observed.ts";
import { buildRuleset, type LoadedRule } from "../../rule/ruleset.ts";
import type { Author } from "../written.ts";
import { explain, type Verdict } from "./explain.ts";
import type { ShowValues } from "./value.ts";

/** How near a rule came to firing. */
export interface Nearness {
  /** Tests that would have to come out otherwise, as few as do; none for a rule that fires. */
  readonly missing: readonly Verdict[];
  /** Of what the rule demands, the share that was there: 0 to 1. What it excludes counts a quarter. */
  readonly share: number;
}

/** A rule on an event. */
export interface RuleVerdict extends Nearness {
  readonly rule: LoadedRule;
  readonly verdict: Verdict;
  /** False where the type of event is none that the rule sees: then nothing is asked. */
  readonly concerned: boolean;
  /** What the engine says, which does not ask part by part. */
  readonly fires: boolean;
}

/** Rules on one event, the nearest to firing first: those that see this type of event before all others. */
export function rankRules(
  rules: readonly LoadedRule[],
  author: Author,
  event: Observed,
  show: ShowValues,
): readonly RuleVerdict[] {
  return rules.map((rule) => judge(rule, author, event, show)).sort(byNearness);
}

/** One rule on one event. */
export function judge(rule: LoadedRule, author: Author, event: Observed, show: ShowValues): RuleVerdict {
  const verdict = explain(author.condition(rule), event, show);
  const { wanted, match } = buildRuleset([rule], "all");
  const concerned = wanted[event.type] === 1;
  return { rule, verdict, concerned, fires: concerned && match(event).length > 0, ...nearness(verdict) };
}

function byNearness(a: RuleVerdict, b: RuleVerdict): number {
  return Number(b.fires) - Number(a.fires) || Number(b.concerned) - Number(a.concerned) || compareNearness(a, b);
}

/** Below 0 where `a` is nearer. */
export function compareNearness(a: Nearness, b: Nearness): number {
  return a.missing.length - b.missing.length || b.share - a.share;
}

export function nearness(verdict: Verdict): Nearness {
  const { missing, held } = need(verdict, true);
  return { missing, share: held / (held + missing.length) };
}

interface Need {
  readonly missing: readonly Verdict[];
  /** Weight of what is as it has to be. */
  readonly held: number;
}

/** That nothing excluded is there says little: it is so for most events. */
const EXCLUDED = 0.25;

/** What it takes for a part to come out as wanted. */
function need(verdict: Verdict, wanted: boolean): Need {
  const { part, holds, parts } = verdict;
  if (part.kind === "test") {
    if (holds !== wanted) return { missing: [verdict], held: 0 };
    return { missing: [], held: wanted ? 1 : EXCLUDED };
  }
  if (part.kind === "not") return need(parts[0], !wanted);
  const needs = parts.map((one) => need(one, wanted));
  if ((part.kind === "or") === wanted) return needs.reduce((best, one) => (isLess(one, best) ? one : best));
  return { missing: needs.flatMap(({ missing }) => missing), held: needs.reduce((sum, { held }) => sum + held, 0) };
}

function isLess(a: Need, b: Need): boolean {
  return a.missing.length < b.missing.length || (a.missing.length === b.missing.length && a.held > b.held);
}
