import { findField } from "../field/catalogue.ts";
import { isoText } from "../field/time.ts";
import { fieldIn } from "./field-name.ts";
import type { FieldValue } from "./store/store.ts";

/** Nanoseconds since the epoch from 2001 to 2286. */
const NANOSECONDS = /^\d{19}$/;

/** Returns the ISO times of fields that contain nanoseconds since the epoch. */
export function fieldTimes(fields: Readonly<Record<string, FieldValue>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      NANOSECONDS.test(String(value)) && isTime(name) ? [[name, isoText(BigInt(String(value)), "Z")]] : [],
    ),
  );
}

function isTime(text: string): boolean {
  // In the JSON of an alert, times are numbers, as in Falco.
  if (/^evt\.(?:date)?time/.test(text)) return true;
  const { name, argument } = fieldIn(text);
  const type = findField(name, argument)?.field.type;
  // The field with the start time of a parent has the type of a duration, as in Falco.
  return type === "ABSTIME" || type === "RELTIME";
}
