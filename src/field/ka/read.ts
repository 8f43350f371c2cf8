import { isArray, isObject, type Json, type JsonObject, member } from "../../event/document.ts";
import type { Observed } from "../../machine/observed.ts";
import { type Field, FieldArgumentError, type Reader } from "../field.ts";
import { plainText, walk } from "../json-value.ts";
import type { Roles } from "../role.ts";
import { row, rowWith, wholeNumber } from "../row.ts";

/** The audit event of a document; undefined for other documents. */
export function auditOf({ document }: Observed): JsonObject | undefined {
  return document !== undefined && isObject(document) && member(document, "auditID") !== undefined
    ? document
    : undefined;
}

/** Reads the string at a path of keys. */
export function textAt(...keys: readonly string[]): Reader {
  return (event) => {
    const found = walk(auditOf(event), keys);
    return found === undefined ? undefined : plainText(found);
  };
}

/** Reads the list of strings at a path of keys. */
export function textsAt(...keys: readonly string[]): Reader {
  return (event) => {
    const found = walk(auditOf(event), keys);
    return isArray(found) ? textsOf(found) : undefined;
  };
}

/** Converts the values that are present to strings; undefined if there are none. */
export function textsOf(values: readonly (Json | undefined)[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const value of values) {
    const text = value === undefined ? undefined : plainText(value);
    if (text !== undefined) texts.push(text);
  }
  return listed(texts);
}

/** Returns undefined for an empty list, which counts as missing. */
export function listed(texts: readonly string[]): readonly string[] | undefined {
  return texts.length === 0 ? undefined : texts;
}

/**
 * Follows a path of keys through objects and lists: through every member of a list, or only the member at `index`.
 * @returns the value for each member, or undefined for a member without a value; undefined if the path ends early
 */
export function collect(
  value: Json | undefined,
  keys: readonly string[],
  index: number | undefined,
  from = 0,
): readonly (Json | undefined)[] | undefined {
  let at = value;
  for (let i = from; i < keys.length; i++) {
    if (isArray(at)) {
      if (index === undefined) return at.flatMap((each) => collect(each, keys, index, i) ?? [undefined]);
      at = at[index];
    }
    at = member(at, keys[i]!);
    if (at === undefined) return undefined;
  }
  return [at];
}

/** A field whose value is a string. */
export function textField(name: string, keys: readonly string[], description: string, roles?: Roles): Field {
  return row(name, "CHARBUF", textAt(...keys), description, roles);
}

/** A field whose value is a list of strings. The argument `[n]` selects one, from 0. */
export function indexedField(
  name: string,
  read: (audit: JsonObject, index: number | undefined) => readonly string[] | undefined,
  description: string,
): Field {
  const bind = (argument: string | undefined): Reader => {
    const index = argument === undefined ? undefined : placeIn(name, argument);
    return (event) => {
      const audit = auditOf(event);
      return audit === undefined ? undefined : read(audit, index);
    };
  };
  return rowWith(name, "CHARBUF", bind, description, {
    list: true,
    testsMembers: true,
    argument: { required: false, index: true, key: false },
  });
}

function placeIn(name: string, argument: string): number {
  const place = wholeNumber(argument);
  if (place !== undefined && place >= 0) return place;
  throw new FieldArgumentError(`${name} takes an index from 0, not "${argument}".`);
}
