import { evaluate, leafTest } from "../../condition/evaluate.ts";
import type { Observed } from "../../machine/observed.ts";
import { leafOf, type Part } from "../written.ts";
import type { ShownValue, ShowValues } from "./value.ts";

/** What a part of a condition came to on one event. Holds no reference to the event. */
export interface Verdict {
  readonly part: Part;
  /** Whether it holds; of parts that are not asked, whether it would. */
  readonly holds: boolean;
  /** False where what stands before it, in the order of writing, had decided already. */
  readonly asked: boolean;
  /** True from the root down to the first part that made the whole what it is: see {@link deciding}. */
  readonly decisive: boolean;
  readonly parts: readonly Verdict[];
  /** What a test looked at; empty for the rest. */
  readonly values: readonly ShownValue[];
}

/** Evaluates a condition part by part, in the order of writing. */
export function explain(condition: Part, event: Observed, show: ShowValues): Verdict {
  return verdict(condition, true, true, event, show);
}

/** The part that decided: the last of those that are marked, from the root down. */
export function deciding(root: Verdict): Verdict {
  const next = root.parts.find(({ decisive }) => decisive);
  return next === undefined ? root : deciding(next);
}

function verdict(part: Part, asked: boolean, decisive: boolean, event: Observed, show: ShowValues): Verdict {
  const { kind } = part;
  if (kind === "test") {
    const leaf = leafOf(part);
    return { part, holds: leafTest(leaf)(event), asked, decisive, parts: [], values: show(leaf, event) };
  }
  if (kind !== "and" && kind !== "or") {
    const parts = [verdict(part.parts[0], asked, decisive, event, show)];
    return { part, holds: (kind === "not") !== parts[0].holds, asked, decisive, parts, values: [] };
  }
  // One operand that is `stop` is enough to decide; otherwise it takes all of them.
  const stop = kind === "or";
  let open = true;
  const parts = part.parts.map((operand): Verdict => {
    const quick = evaluate(operand.bound, event);
    const one = verdict(operand, asked && open, decisive && open && quick === stop, event, show);
    if (quick === stop) open = false;
    return one;
  });
  return { part, holds: open !== stop, asked, decisive, parts, values: [] };
}
