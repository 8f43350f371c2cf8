import type { AlertRecord } from "../alert/record.ts";

/** Returns a field as text; undefined if it is absent or empty. */
export function textOf({ fields }: AlertRecord, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === "string" && value !== "" && value !== "<NA>" ? value : undefined;
}

/** Returns a field as a number; undefined if it is absent. */
export function numberOf({ fields }: AlertRecord, name: string): number | undefined {
  const value = fields.get(name);
  return typeof value === "number" ? value : undefined;
}
