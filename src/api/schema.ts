// Building blocks of the API's schemas. Types (Value), validation (mistakeIn) and the OpenAPI document (openapi.ts) are
// derived from these Valibot schemas.
import * as v from "valibot";

/** A schema of values of a type. */
export type Schema<T = unknown> = v.GenericSchema<T>;

/** The type of the values of a schema; deeply read-only. */
export type Value<S extends Schema> = ReadOnly<v.InferOutput<S>>;

type ReadOnly<T> = T extends readonly (infer Item)[]
  ? readonly ReadOnly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadOnly<T[Key]> }
    : T;

/** A field value: any JSON. Numbers that JavaScript cannot represent exactly are strings. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

/** A schema with a description for the documentation. */
export const described = <T>(schema: Schema<T>, about: string): Schema<T> =>
  about === "" ? schema : v.pipe(schema, v.description(about));

export const text = (about = ""): Schema<string> => described(v.string(), about);
/** @param most maximum number of characters */
export const shortText = (most: number, about = ""): Schema<string> => v.pipe(text(about), v.maxLength(most));
/** A non-empty string. @param most maximum number of characters */
export const filledText = (most: number, about = ""): Schema<string> => v.pipe(shortText(most, about), v.minLength(1));
export const number = (about = ""): Schema<number> => described(v.number(), about);
export const whole = (about = ""): Schema<number> => described(v.pipe(v.number(), v.integer()), about);
/** An integer within inclusive bounds. */
export const wholeFrom = (least: number, most: number): Schema<number> =>
  v.pipe(whole(), v.minValue(least), v.maxValue(most));
export const flag = (about = ""): Schema<boolean> => described(v.boolean(), about);
/** A time in ISO 8601 with Z. */
export const time = (about = ""): Schema<string> =>
  v.pipe(text(about), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/));
/** Any JSON value, without validation; used for field values. */
export const anything = (about: string): Schema<FieldValue> =>
  v.pipe(v.unknown(), v.description(about)) as Schema<FieldValue>;

export const { picklist: oneOf, array: list, nullable: orNull, union: either, exactOptional: optional, lazy } = v;
export const record = <S extends Schema>(values: S): v.RecordSchema<v.StringSchema<undefined>, S, undefined> =>
  v.record(v.string(), values);

/** @param most maximum number of items */
export const shortList = <S extends Schema>(items: S, most: number): Schema<v.InferOutput<S>[]> =>
  v.pipe(v.array(items), v.maxLength(most));

/** An object with exactly these properties. */
export function object<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, undefined> {
  return v.strictObject(entries);
}

/** An object with any properties. */
export const anyObject = v.looseObject({});
