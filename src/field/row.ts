import type { Field, FieldType, Reader } from "./field.ts";

/** What a row may say beyond name, type, reader and description. */
type Extras = Omit<Partial<Field>, "name" | "type" | "description" | "bind">;

/** A row for a field that takes no argument. */
export function row(name: string, type: FieldType, read: Reader, description: string, extras?: Extras): Field {
  return { name, type, list: false, description, bind: () => read, ...extras };
}

/** A row for a field that takes, or may take, an argument. */
export function rowWith(
  name: string,
  type: FieldType,
  bind: (argument: string | undefined) => Reader,
  description: string,
  extras: Extras & Pick<Field, "argument">,
): Field {
  return { name, type, list: false, description, bind, ...extras };
}

/** Only used inside conditions' own machinery: no val(), no transformers. */
export const PLAIN = { noRight: true, noTransformer: true } as const;

/** May be used with and without an argument. */
export const OPTIONAL = { required: false, index: false, key: false } as const;
export const REQUIRED = { required: true, index: false, key: false } as const;

const INTEGER = /^[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)$/;

/** The whole number that an argument states, undefined where it states none. */
export function wholeNumber(argument: string): number | undefined {
  if (!INTEGER.test(argument)) return undefined;
  const unsigned = Number(argument.replace(/^[+-]/, ""));
  return argument.startsWith("-") ? -unsigned : unsigned;
}
