import { textOf } from "../../condition/bind.ts";
import type { Bound } from "../../condition/bound.ts";
import { evaluate, leafTest } from "../../condition/evaluate.ts";
import type { RuleVocabulary } from "../../field/catalogue.ts";
import { plainPrinting } from "../../field/print.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Location } from "../../rule/location.ts";
import { OutputError, parseOutput } from "../../rule/output.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { Bench } from "../bench.ts";
import type { Part } from "../condition-tree.ts";
import type { CaseEvents } from "./case-events.ts";

/** A part of a condition with its result and values. */
export interface Finding {
  /** Source text, such as `proc.name in (shells)`. */
  readonly text: string;
  readonly place: Location;
  /** The enclosing macro or exception; "" for the condition itself. */
  readonly within: string;
  /** Fields with their values, such as `proc.name = sh`. */
  readonly values: readonly string[];
  readonly holds: boolean;
}

/** The reason why a rule matched or did not match an event: the deciding parts of its condition, in source order. */
export interface Reason {
  readonly event: { readonly name: string; readonly place: Location };
  readonly findings: readonly Finding[];
}

/**
 * Returns why a rule did not match: the parts that made its condition false on the closest event, the decisive part
 * first.
 */
export function reasonForNoMatch(rule: LoadedRule, events: CaseEvents, bench: Bench): Reason | undefined {
  const { condition } = rule.bound;
  const written = bench.trees.of(rule);
  const words = bench.words(rule.source);
  let best = -1;
  let reason: Reason | undefined;
  events.evaluate(bench.of(rule.source), ignore, (event) => {
    const current = closeness(condition, event, true);
    if (current <= best) return;
    best = current;
    reason = { event: events.origin(event), findings: deciding(written, event, "", words) };
  });
  return reason;
}

/** Returns why a rule matched: the true parts on the first matching event. */
export function reasonForMatch(rule: LoadedRule, events: CaseEvents, bench: Bench): Reason | undefined {
  const { condition } = rule.bound;
  const written = bench.trees.of(rule);
  const words = bench.words(rule.source);
  let reason: Reason | undefined;
  events.evaluate(bench.of(rule.source), ignore, (event) => {
    if (reason !== undefined || !evaluate(condition, event)) return;
    reason = { event: events.origin(event), findings: conjuncts(written).map((part) => evidence(part, event, words)) };
  });
  return reason;
}

function ignore(): void {}

/** Returns the share of a condition that has the wanted result, from 0 to 1. */
function closeness(node: Bound, event: Observed, wanted: boolean): number {
  switch (node.kind) {
    case "not":
      return closeness(node.operand, event, !wanted);
    case "and":
    case "or": {
      const parts = node.operands.map((operand) => closeness(operand, event, wanted));
      const everyOne = (node.kind === "and") === wanted;
      return everyOne ? parts.reduce((sum, part) => sum + part, 0) / parts.length : Math.max(...parts);
    }
    default:
      return leafTest(node)(event) === wanted ? 1 : 0;
  }
}

/**
 * Returns the tests that decide a condition. For a false `and`, all tests that are false are returned, although one is sufficient.
 */
function deciding(part: Part, event: Observed, within: string, words: RuleVocabulary): Finding[] {
  switch (part.kind) {
    case "test":
      return [findingOf(part, event, within, words)];
    case "macro":
    case "exception":
      return part.parts.flatMap((inner) => deciding(inner, event, `${part.kind} ${part.name}`, words));
    default:
      return decidingOperands(part, event).flatMap((inner) => deciding(inner, event, within, words));
  }
}

/** Returns the operands that decide a part. */
function decidingOperands(part: Part, event: Observed): readonly Part[] {
  if (part.kind === "not") return part.parts;
  const value = evaluate(part.bound, event);
  const found = part.parts.filter(({ bound }) => evaluate(bound, event) === value);
  return part.kind === "or" && value ? found.slice(0, 1) : found;
}

function findingOf(part: Part, event: Observed, within: string, words: RuleVocabulary): Finding {
  return {
    text: part.text,
    place: part.place,
    within,
    values: valuesIn(part.bound, event, words),
    holds: evaluate(part.bound, event),
  };
}

/** Returns the conjuncts of a condition, without exceptions. */
function conjuncts(part: Part): readonly Part[] {
  if (part.kind === "exception") return [];
  return part.kind === "and" ? part.parts.flatMap(conjuncts) : [part];
}

/** Returns a part with the values of the tests that made it true. */
function evidence(part: Part, event: Observed, words: RuleVocabulary): Finding {
  const tests = deciding(part, event, "", words);
  const { text, place } = part;
  return { text, place, within: "", values: [...new Set(tests.flatMap(({ values }) => values))], holds: true };
}

/** Returns the values of the fields in a test. */
function valuesIn(bound: Bound, event: Observed, words: RuleVocabulary): string[] {
  switch (bound.kind) {
    case "and":
    case "or":
    case "not":
      return [];
    default: {
      const { left, right } = bound.node;
      const terms = right?.kind === "field" || right?.kind === "transform" ? [left, right] : [left];
      return terms.map((term) => valueText(textOf(term), event, words));
    }
  }
}

function valueText(name: string, event: Observed, words: RuleVocabulary): string {
  try {
    return `${name} = ${parseOutput(`%${name}`, words, plainPrinting).text(event)}`;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    return name;
  }
}
