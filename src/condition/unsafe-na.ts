import { rolesOf } from "../field/roles.ts";
import type { Literal, Test } from "./ast.ts";

const EQUALITY: ReadonlySet<string> = new Set(["=", "!=", "in", "intersects", "pmatch"]);

/** The literal `<NA>` in a comparison of a field with the role `unsafeNa`; undefined if there is none. */
export function unsafeNa({ left, operator, right }: Test): Literal | undefined {
  if (left.kind !== "field" || !EQUALITY.has(operator) || rolesOf(left.name).unsafeNa !== true) return undefined;
  if (right?.kind === "literal") return right.text === "<NA>" ? right : undefined;
  return right?.kind === "list" ? right.items.find(({ text }) => text === "<NA>") : undefined;
}
