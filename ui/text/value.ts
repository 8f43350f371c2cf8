import type { FieldValue } from "../../src/api/schema.ts";

/** Formats a field value; undefined if the event has none. */
export function valueText(value: FieldValue | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item) => valueText(item) ?? "").join(", ");
  return String(value);
}
