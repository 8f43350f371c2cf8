import type { FieldValue } from "../../src/api/schema.ts";

/** Returns a field value as text, or undefined if the event has no value for the field. */
export function valueText(value: FieldValue | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item) => valueText(item) ?? "").join(", ");
  return String(value);
}
