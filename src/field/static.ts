import { toByteString } from "../event/bytes.ts";
import type { Field } from "./field.ts";
import { row } from "./row.ts";

const PREFIX = "static.";

/** Static fields of the configuration (`static_fields`). The field `static.key` always has the configured value. */
export function staticFields(values: Readonly<Record<string, string>>): readonly Field[] {
  return Object.entries(values).map(([key, value]) => {
    const bytes = toByteString(value);
    return row(`${PREFIX}${key}`, "CHARBUF", () => bytes, "A value from the configuration.");
  });
}
