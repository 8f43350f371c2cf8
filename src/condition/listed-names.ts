import { enrichmentOf } from "../field/roles.ts";
import type { Bound } from "./bound.ts";

/** Adds the names that a condition compares names of addresses with by `=`, `!=` or `in`, as it states them. */
export function addListedNames(condition: Bound, names: Set<string>): void {
  switch (condition.kind) {
    case "and":
    case "or":
      for (const operand of condition.operands) addListedNames(operand, names);
      break;
    case "not":
      addListedNames(condition.operand, names);
      break;
    case "own":
      if (enrichmentOf(condition.field) === "dns" && EXACT.has(condition.node.operator))
        for (const operand of condition.operands) names.add(String(operand));
      break;
    default:
      break;
  }
}

const EXACT: ReadonlySet<string> = new Set(["=", "!=", "in", "intersects"]);
