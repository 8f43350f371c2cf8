import type { Place as Stretch } from "../condition/ast.ts";
import { textOf } from "../condition/bind.ts";
import type { Bound, Leaf } from "../condition/bound.ts";
import { evaluate, leafTest } from "../condition/evaluate.ts";
import { plainPrinting } from "../field/print.ts";
import type { Observed } from "../machine/observed.ts";
import { withExceptions } from "../rule/exception.ts";
import { OutputError, parseOutput } from "../rule/output.ts";
import type { Place } from "../rule/place.ts";
import type { LoadedRule } from "../rule/ruleset.ts";
import { type Bench, words } from "./bench.ts";
import type { Scene } from "./trial.ts";

/** A sub-condition and what it met. */
export interface Part {
  /** As it is written: `proc.name in (shells)`. */
  readonly text: string;
  readonly place: Place;
  /** The macro it stands in; undefined for the rule's own condition. */
  readonly macro: string | undefined;
  readonly value: string;
  readonly holds: boolean;
}

/** Why a rule fired, or did not: at which event, and by which sub-conditions. */
export interface Reason {
  readonly event: { readonly name: string; readonly place: Place };
  /** The first sub-condition that decided comes first. */
  readonly parts: readonly Part[];
}

/** Why a rule did not fire: at the event where the most of its condition held, what didn't. */
export function whySilent(rule: LoadedRule, scene: Scene, bench: Bench): Reason | undefined {
  const { condition } = rule.bound;
  let best = -1;
  let reason: Reason | undefined;
  scene.play(
    bench.ruleset,
    () => undefined,
    (event) => {
      const near = nearness(condition, event, true);
      if (near <= best) return;
      best = near;
      const parts = deciding(condition, event).map((leaf) => partOf(leaf, event, rule, bench));
      reason = { event: scene.at(event), parts };
    },
  );
  return reason;
}

/** Why a rule fired: what held at the first event at which it did. */
export function whyFired(rule: LoadedRule, scene: Scene, bench: Bench): Reason | undefined {
  const { condition } = rule.bound;
  let reason: Reason | undefined;
  scene.play(
    bench.ruleset,
    () => undefined,
    (event) => {
      if (reason !== undefined || !evaluate(condition, event)) return;
      const parts = deciding(condition, event).map((leaf) => partOf(leaf, event, rule, bench));
      reason = { event: scene.at(event), parts };
    },
  );
  return reason;
}

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

/** The leaves that make a condition what it is: those without which it could be otherwise. */
export function deciding(node: Bound, event: Observed): Leaf[] {
  const value = evaluate(node, event);
  switch (node.kind) {
    case "not":
      return deciding(node.operand, event);
    case "and":
    case "or": {
      const guilty = node.operands.filter((operand) => evaluate(operand, event) === value);
      const oneIsEnough = (node.kind === "and") !== value;
      if (!oneIsEnough || guilty.length === 1) return guilty.flatMap((operand) => deciding(operand, event));
      return node.kind === "and" ? guilty.flatMap((operand) => deciding(operand, event)) : deciding(guilty[0], event);
    }
    default:
      return [node];
  }
}

export function partOf(leaf: Leaf, event: Observed, rule: LoadedRule, bench: Bench): Part {
  const { text, place, macro } = whereIs(leaf.node.place, rule, bench);
  return { text, place, macro, value: valueText(leaf, event), holds: leafTest(leaf)(event) };
}

/** Where a stretch of a rule's condition was written, and how. */
export function whereIs(
  { origin, start, end }: Stretch,
  rule: LoadedRule,
  { definitions }: Bench,
): { readonly text: string; readonly place: Place; readonly macro: string | undefined } {
  const macro = origin === "" ? undefined : definitions.macros.get(origin);
  const { definition } = rule;
  const condition = macro?.condition ?? withExceptions(definition.condition, definition.exceptions);
  const place = condition.place(start, macro?.place ?? definition.place);
  const text = condition.text.slice(start, end).replace(/\s+/g, " ").trim();
  return { text, place, macro: macro?.name };
}

function valueText(leaf: Leaf, event: Observed): string {
  const name = textOf(leaf.node.left);
  try {
    const value = parseOutput(`%${name}`, words, plainPrinting).text(event);
    return `${name} = ${value}`;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    return name;
  }
}
