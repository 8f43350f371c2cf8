import type { FieldValue } from "../../src/api/schema.ts";

/** A field's value as text; undefined where the event had no such thing. */
export function valueText(value: FieldValue | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((one) => valueText(one) ?? "").join(", ");
  return String(value);
}
