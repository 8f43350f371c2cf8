import { evaluate, leafTest } from "../../condition/evaluate.ts";
import type { Observed } from "../../machine/observed.ts";
import { leafOf, type Part } from "../condition-tree.ts";
import { itemAt } from "../item-at.ts";
import type { ReadValues, ShownValue } from "./value.ts";

/** Result of a part of a condition on one event, without a reference to the event. */
export interface Verdict {
  readonly part: Part;
  /** The result. It is also set for parts that were not evaluated. */
  readonly holds: boolean;
  /** False if earlier parts, in source order, decided the result. */
  readonly evaluated: boolean;
  /** True on the path from the root to the first part that decided the result: see {@link deciding}. */
  readonly decisive: boolean;
  readonly parts: readonly Verdict[];
  /** Values of the fields of a test; empty for other parts. */
  readonly values: readonly ShownValue[];
}

/** Evaluates a condition part by part in source order. */
export function explain(condition: Part, event: Observed, show: ReadValues): Verdict {
  return verdict(condition, true, true, event, show);
}

/** Returns the part that decided the result: the last decisive part on the path from the root. */
export function deciding(root: Verdict): Verdict {
  const next = root.parts.find(({ decisive }) => decisive);
  return next === undefined ? root : deciding(next);
}

function verdict(part: Part, evaluated: boolean, decisive: boolean, event: Observed, show: ReadValues): Verdict {
  const { kind } = part;
  if (kind === "test") {
    const leaf = leafOf(part);
    return { part, holds: leafTest(leaf)(event), evaluated, decisive, parts: [], values: show(leaf, event) };
  }
  if (kind !== "and" && kind !== "or") {
    const inner = verdict(itemAt(part.parts, 0), evaluated, decisive, event, show);
    const holds = (kind === "not") !== inner.holds;
    return { part, holds, evaluated, decisive, parts: [inner], values: [] };
  }
  // The first operand with the value `stop` decides the result.
  const stop = kind === "or";
  let open = true;
  const parts = part.parts.map((operand): Verdict => {
    const quick = evaluate(operand.bound, event);
    const one = verdict(operand, evaluated && open, decisive && open && quick === stop, event, show);
    if (quick === stop) open = false;
    return one;
  });
  return { part, holds: open !== stop, evaluated, decisive, parts, values: [] };
}
