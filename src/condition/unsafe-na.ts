import { rolesOf } from "../field/roles.ts";
import type { Literal, Test } from "./ast.ts";

const EQUALITY: ReadonlySet<string> = new Set(["=", "!=", "in", "intersects", "pmatch"]);

/** The `<NA>` that a test compares a field with whose row calls that unsafe; undefined where there is none. */
export function unsafeNa({ left, operator, right }: Test): Literal | undefined {
  if (left.kind !== "field" || !EQUALITY.has(operator) || rolesOf(left.name).unsafeNa !== true) return undefined;
  if (right?.kind === "literal") return right.text === "<NA>" ? right : undefined;
  return right?.kind === "list" ? right.items.find(({ text }) => text === "<NA>") : undefined;
}
