import { enrichmentOf } from "../field/roles.ts";
import { type Bound, forEachLeaf } from "./bound.ts";

/** Adds the names that a condition compares with names of addresses by `=`, `!=`, `in` or `intersects`, as written. */
export function addListedNames(condition: Bound, names: Set<string>): void {
  forEachLeaf(condition, (leaf) => {
    if (leaf.kind === "own" && enrichmentOf(leaf.field) === "dns" && EXACT.has(leaf.node.operator))
      for (const operand of leaf.operands) names.add(String(operand));
  });
}

const EXACT: ReadonlySet<string> = new Set(["=", "!=", "in", "intersects"]);
