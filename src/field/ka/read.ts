import { isArray, isObject, type Json, type JsonObject, member } from "../../event/document.ts";
import type { Observed } from "../../machine/observed.ts";
import { type Field, FieldArgumentError, type Reader } from "../field.ts";
import { plainText, walk } from "../json-value.ts";
import type { Roles } from "../role.ts";
import { row, rowWith, wholeNumber } from "../row.ts";

/** The audit event that a document is; undefined where it is none. */
export function auditOf({ document }: Observed): JsonObject | undefined {
  return document !== undefined && isObject(document) && member(document, "auditID") !== undefined
    ? document
    : undefined;
}

/** Reads what is at the end of a row of keys, as text. */
export function textAt(...keys: readonly string[]): Reader {
  return (event) => {
    const found = walk(auditOf(event), keys);
    return found === undefined ? undefined : plainText(found);
  };
}

/** The same for a list of texts. */
export function textsAt(...keys: readonly string[]): Reader {
  return (event) => {
    const found = walk(auditOf(event), keys);
    return isArray(found) ? textsOf(found) : undefined;
  };
}

/** The values as texts, without those that are not there; undefined where that leaves none. */
export function textsOf(values: readonly (Json | undefined)[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const value of values) {
    const text = value === undefined ? undefined : plainText(value);
    if (text !== undefined) texts.push(text);
  }
  return listed(texts);
}

/** A list without members counts as absent. */
export function listed(texts: readonly string[]): readonly string[] | undefined {
  return texts.length === 0 ? undefined : texts;
}

/**
 * Follows a row of keys through objects and, with every member or the one that `index` names, through lists on the way.
 * @returns the value for each member, undefined for those that have none; undefined where the way ends before
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

/** A row for one text. */
export function textField(name: string, keys: readonly string[], description: string, roles?: Roles): Field {
  return row(name, "CHARBUF", textAt(...keys), description, roles);
}

/** A row for a list of texts of which `[n]` picks what is at the nth place (from 0). */
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
