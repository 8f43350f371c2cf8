import type { ResponseAlert } from "./action.ts";

/** A field's text; undefined where the alert has none, or an empty one. */
export function textOf({ fields }: ResponseAlert, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === "string" && value !== "" && value !== "<NA>" ? value : undefined;
}

/** A field's number; undefined where the alert has none. */
export function numberOf({ fields }: ResponseAlert, name: string): number | undefined {
  const value = fields.get(name);
  return typeof value === "number" ? value : undefined;
}
