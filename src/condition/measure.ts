import type { Condition } from "./ast.ts";

/** The size of a condition. Shared nodes count for each use. */
export interface Size {
  /** Tests, operators and names of macros. */
  readonly nodes: number;
  /** Nesting levels of operators. */
  readonly depth: number;
}

const ONE: Size = { nodes: 1, depth: 1 };

/** Sizes by node. Conditions share nodes of macros, so each node is measured once. */
const known = new WeakMap<Condition, Size>();

/** Measures a condition. The stack grows with the depth of nodes that have not been measured yet. */
export function measure(condition: Condition): Size {
  if (condition.kind === "test" || condition.kind === "macro") return ONE;
  const before = known.get(condition);
  if (before !== undefined) return before;
  let nodes = 1;
  let depth = 0;
  for (const operand of condition.kind === "not" ? [condition.operand] : condition.operands) {
    const inner = measure(operand);
    nodes += inner.nodes;
    depth = Math.max(depth, inner.depth);
  }
  const size = { nodes, depth: depth + 1 };
  known.set(condition, size);
  return size;
}
