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
import type { Part } from "../written.ts";
import type { Scene } from "./scene.ts";

/** A part of a condition and what it met. */
export interface Finding {
  /** As it is written: `proc.name in (shells)`. */
  readonly text: string;
  readonly place: Location;
  /** The macro or exception it stands in; "" for the rule's own condition. */
  readonly within: string;
  /** Fields and their values: `proc.name = sh`. */
  readonly values: readonly string[];
  readonly holds: boolean;
}

/** Why a rule fired, or did not: at which event, and by which parts of its condition, in the order of the condition. */
export interface Reason {
  readonly event: { readonly name: string; readonly place: Location };
  readonly findings: readonly Finding[];
}

/** Why a rule did not fire: what didn't hold at the event where most of it did. The first finding decided. */
export function whySilent(rule: LoadedRule, scene: Scene, bench: Bench): Reason | undefined {
  const { condition } = rule.bound;
  const written = bench.author.condition(rule);
  const words = bench.words(rule.source);
  let best = -1;
  let reason: Reason | undefined;
  scene.play(bench.of(rule.source), ignore, (event) => {
    const near = nearness(condition, event, true);
    if (near <= best) return;
    best = near;
    reason = { event: scene.at(event), findings: deciding(written, event, "", words) };
  });
  return reason;
}

/** Why a rule fired: what held at the first event at which it did. */
export function whyFired(rule: LoadedRule, scene: Scene, bench: Bench): Reason | undefined {
  const { condition } = rule.bound;
  const written = bench.author.condition(rule);
  const words = bench.words(rule.source);
  let reason: Reason | undefined;
  scene.play(bench.of(rule.source), ignore, (event) => {
    if (reason !== undefined || !evaluate(condition, event)) return;
    reason = { event: scene.at(event), findings: conjuncts(written).map((part) => evidence(part, event, words)) };
  });
  return reason;
}

function ignore(): void {}

/** How much of a condition is as wanted, from 0 to 1. */
function nearness(node: Bound, event: Observed, wanted: boolean): number {
  switch (node.kind) {
    case "not":
      return nearness(node.operand, event, !wanted);
    case "and":
    case "or": {
      const parts = node.operands.map((operand) => nearness(operand, event, wanted));
      const everyOne = (node.kind === "and") === wanted;
      return everyOne ? parts.reduce((sum, part) => sum + part, 0) / parts.length : Math.max(...parts);
    }
    default:
      return leafTest(node)(event) === wanted ? 1 : 0;
  }
}

/** The tests that make a condition what it is. Where one of several would be enough, all that do. */
function deciding(part: Part, event: Observed, within: string, words: RuleVocabulary): Finding[] {
  switch (part.kind) {
    case "test":
      return [findingOf(part, event, within, words)];
    case "macro":
    case "exception":
      return part.parts.flatMap((inner) => deciding(inner, event, `${part.kind} ${part.name}`, words));
    default:
      return guilty(part, event).flatMap((inner) => deciding(inner, event, within, words));
  }
}

/** The operands that made a junction what it is. */
function guilty(part: Part, event: Observed): readonly Part[] {
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

/** What an author sees as the parts of a condition that all have to hold, without exceptions. */
function conjuncts(part: Part): readonly Part[] {
  if (part.kind === "exception") return [];
  return part.kind === "and" ? part.parts.flatMap(conjuncts) : [part];
}

/** A part with the values of the tests that made it hold. */
function evidence(part: Part, event: Observed, words: RuleVocabulary): Finding {
  const tests = deciding(part, event, "", words);
  const { text, place } = part;
  return { text, place, within: "", values: [...new Set(tests.flatMap(({ values }) => values))], holds: true };
}

/** The values of the fields of a test. */
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
