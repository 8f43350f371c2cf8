import type { JournalAlert } from "../alert/entry.ts";
import { restoredAlert } from "../alert/restored.ts";
import type { AnsweredAlert, FieldValue } from "./action.ts";

/** `JSON.parse` as it is today: the reviver also gets the text that a value was written as. */
const parseJson: (
  text: string,
  reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
) => FieldValue = JSON.parse;

/** Everything that receivers may want. */
const whole = { isoTime: false, includeOutput: true, includeMessage: false, includeFields: true, includeTags: true };

/** An alert of the journal as responses see it. Its JSON is made when somebody asks for it. */
export function answeredAlert(kept: JournalAlert): AnsweredAlert {
  const { id, rule, priority, source, tags, hostname, time, message, names, values } = kept;
  let fields: ReadonlyMap<string, FieldValue> | undefined;
  return {
    ...{ id, rule, priority, source, tags, hostname, time },
    ...(kept.received && { received: true }),
    // Most conditions ask for the rule first, and look no further.
    get fields() {
      fields ??= new Map(names.map((name, i) => [name, fieldValue(values[i])]));
      return fields;
    },
    output: message,
    get json() {
      return restoredAlert(kept, whole).json;
    },
  };
}

/** A value of a field; a number that JavaScript can't hold as its text. What a damaged journal has is no value. */
function fieldValue(json: string): FieldValue {
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
