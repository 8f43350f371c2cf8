import type { JournalAlert } from "./entry.ts";
import { restoredAlert } from "./restored.ts";

/** JSON value of an alert field. Text is UTF-16; integers beyond JavaScript's safe range are text. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

/** An alert of the journal, for conditions and actions. */
export interface AlertRecord {
  /** UUIDv7. */
  readonly id: string;
  readonly rule: string;
  readonly priority: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly hostname: string;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** The alert as a line of text. */
  readonly output: string;
  readonly fields: ReadonlyMap<string, FieldValue>;
  /** The alert in Falco's JSON format. */
  readonly json: string;
  /** Received through `alert_intake`: all values, including the host, are as stated by its sender. */
  readonly received?: true;
}

/** `JSON.parse` with source text access: the reviver also receives the text of a value. */
const parseJson: (
  text: string,
  reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
) => FieldValue = JSON.parse;

/** All parts of an alert in JSON. */
const whole = { isoTime: false, includeOutput: true, includeMessage: false, includeFields: true, includeTags: true };

/** A journal alert for conditions and actions. Fields and JSON are decoded on access. */
export function alertRecord(entry: JournalAlert): AlertRecord {
  const { id, rule, priority, source, tags, hostname, time, message, names, values } = entry;
  let fields: ReadonlyMap<string, FieldValue> | undefined;
  return {
    ...{ id, rule, priority, source, tags, hostname, time },
    ...(entry.received && { received: true }),
    // Decoded lazily: most conditions compare the rule first and read no field.
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

/** The value of a field; null if the journal is damaged. */
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
