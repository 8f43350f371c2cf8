import type { Condition, Test, TransformOperand } from "../condition/ast.ts";
import { unsafeNa } from "../condition/unsafe-na.ts";
import { deprecatedFields } from "../field/roles.ts";

/** A warning about a valid condition or output that may not have the intended effect. */
export interface UsageWarning {
  readonly code: "LOAD_UNSAFE_NA_CHECK" | "LOAD_DEPRECATED_ITEM";
  readonly message: string;
}

const NOTHING: ReadonlySet<UsageWarning> = new Set();
const UNSAFE: UsageWarning = {
  code: "LOAD_UNSAFE_NA_CHECK",
  message: "Comparing with <NA> is not safe: use `exists` to test whether the field has a value",
};
const deprecations = new Map<string, UsageWarning>();
for (const [name, why] of deprecatedFields) {
  deprecations.set(name, { code: "LOAD_DEPRECATED_ITEM", message: `Field ${name} is deprecated: ${why}` });
}

/** Warnings by node. Conditions share the nodes of macros, so each node is checked once. */
const known = new WeakMap<Condition, ReadonlySet<UsageWarning>>();

/** The warnings about a resolved condition, without duplicates. */
export function usageWarnings(condition: Condition): ReadonlySet<UsageWarning> {
  if (condition.kind === "test") return cautionsOfTest(condition);
  if (condition.kind === "macro") return NOTHING;
  const before = known.get(condition);
  if (before !== undefined) return before;
  let found = NOTHING;
  const add = (more: ReadonlySet<UsageWarning>): void => {
    if (more.size > 0) found = found.size === 0 ? more : new Set([...found, ...more]);
  };
  if (condition.kind === "not") found = usageWarnings(condition.operand);
  else for (const operand of condition.operands) add(usageWarnings(operand));
  known.set(condition, found);
  return found;
}

/** Warnings about deprecated fields in the output of a rule. */
export function deprecationsInOutput(output: string): UsageWarning[] {
  return [...deprecations].filter(([name]) => output.includes(name)).map(([, caution]) => caution);
}

function cautionsOfTest(test: Test): ReadonlySet<UsageWarning> {
  const found = new Set<UsageWarning>();
  if (unsafeNa(test) !== undefined) found.add(UNSAFE);
  addDeprecated(test.left, found);
  return found.size === 0 ? NOTHING : found;
}

function addDeprecated(term: TransformOperand, found: Set<UsageWarning>): void {
  if (term.kind === "transform") for (const operand of term.operands) addDeprecated(operand, found);
  else if (term.kind === "tuple") for (const item of term.items) addDeprecated(item, found);
  else if (term.kind === "field") {
    const caution = deprecations.get(term.name);
    if (caution !== undefined) found.add(caution);
  }
}
