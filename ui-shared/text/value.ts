import type { FieldValue } from "../../src/api/schema.ts";

/** Returns the members of a list as text, or the text of another value. Conditions compare the members. */
export function memberTexts(value: FieldValue | undefined): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return [valueText(value) ?? ""];
  return value.map((item) => valueText(item) ?? "");
}

/** Returns a field value as text, or undefined if the event has no value for the field. */
export function valueText(value: FieldValue | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item) => valueText(item) ?? "").join(", ");
  return String(value);
}
