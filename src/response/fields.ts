import type { ResponseAlert } from "./action.ts";

/** A field's text; undefined where it is absent or empty. */
export function textOf({ fields }: ResponseAlert, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === "string" && value !== "" && value !== "<NA>" ? value : undefined;
}

/** A field's number; undefined where it is absent. */
export function numberOf({ fields }: ResponseAlert, name: string): number | undefined {
  const value = fields.get(name);
  return typeof value === "number" ? value : undefined;
}
