import { parseExact, wholeAsText } from "../event/exact-json.ts";
import type { JournalAlert } from "./entry.ts";
import { restoredAlert } from "./restored.ts";

/** The value of an alert field, from its JSON. Integers beyond JavaScript's safe range are converted to text. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

/** An alert from the journal, for conditions and actions. */
export interface AlertRecord {
  /** ID of the alert, a UUIDv7. */
  readonly id: string;
  readonly rule: string;
  readonly priority: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly hostname: string;
  /** Time of the event, in nanoseconds since the epoch. */
  readonly time: bigint;
  /** The message: the rule's output with field values, without time and priority. */
  readonly output: string;
  readonly fields: ReadonlyMap<string, FieldValue>;
  /** The alert in Falco's JSON format. */
  readonly json: string;
  /**
   * Set if the alert was received through `alert_intake`. All values, including the host, are from the sender and
   * unverified.
   */
  readonly received?: true;
}

/** Print options for JSON with all parts of an alert except `message`, because `output` contains the message. */
const whole = { isoTime: false, includeOutput: true, includeMessage: false, includeFields: true, includeTags: true };

/**
 * Converts an alert from the journal for conditions and actions. Fields and JSON are decoded when they are first read.
 */
export function alertRecord(entry: JournalAlert): AlertRecord {
  const { id, rule, priority, source, tags, hostname, time, message, names, values } = entry;
  let fields: ReadonlyMap<string, FieldValue> | undefined;
  return {
    ...{ id, rule, priority, source, tags, hostname, time },
    ...(entry.received && { received: true }),
    // Decoded on first use, because most conditions compare the rule first and read no field.
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

/** Parses the value of a field; null if it is missing or damaged. */
function fieldValue(json: string | undefined): FieldValue {
  if (json === undefined) return null;
  try {
    return parseExact(json, wholeAsText) as FieldValue; // the value of a field, as the journal writes it
  } catch {
    return null;
  }
}
