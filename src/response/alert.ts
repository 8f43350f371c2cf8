import type { JournalAlert } from "../alert/entry.ts";
import { restoredAlert } from "../alert/restored.ts";
import type { FieldValue, ResponseAlert } from "./action.ts";

/** `JSON.parse` with source text access: the reviver also receives the text of a value. */
const parseJson: (
  text: string,
  reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
) => FieldValue = JSON.parse;

/** All parts of an alert in JSON. */
const whole = { isoTime: false, includeOutput: true, includeMessage: false, includeFields: true, includeTags: true };

/** An alert of the journal for conditions and actions. Its fields and JSON are decoded when read. */
export function responseAlert(entry: JournalAlert): ResponseAlert {
  const { id, rule, priority, source, tags, hostname, time, message, names, values } = entry;
  let fields: ReadonlyMap<string, FieldValue> | undefined;
  return {
    ...{ id, rule, priority, source, tags, hostname, time },
    ...(entry.received && { received: true }),
    // Most conditions compare the rule first, and need no field.
    get fields() {
      fields ??= new Map(names.map((name, i) => [name, fieldValue(values[i])]));
      return fields;
    },
    output: message,
    get json() {
      return restoredAlert(entry, whole).json;
    },
  };
}

/** The value of a field; null where the journal is damaged. */
function fieldValue(json: string | undefined): FieldValue {
  if (json === undefined) return null;
  try {
    return parseJson(json, (_key, value, context) =>
      typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source
        ? context.source
        : value,
    );
  } catch {
    return null;
  }
}
