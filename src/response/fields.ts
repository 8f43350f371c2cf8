import type { AlertRecord } from "../alert/record.ts";

/** Returns a text field; undefined if it is absent, empty, `<NA>` or not a string. */
export function textOf({ fields }: AlertRecord, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === "string" && value !== "" && value !== "<NA>" ? value : undefined;
}

/** Returns a numeric field; undefined if it is absent or not a number. */
export function numberOf({ fields }: AlertRecord, name: string): number | undefined {
  const value = fields.get(name);
  return typeof value === "number" ? value : undefined;
}
