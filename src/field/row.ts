import type { Field, FieldType, Reader } from "./field.ts";

/** Properties of a row other than name, type, reader and description. */
export type Extras = Omit<Partial<Field>, "name" | "type" | "description" | "bind">;

/** A row for a field without an argument. */
export function row(name: string, type: FieldType, read: Reader, description: string, extras?: Extras): Field {
  return { name, type, list: false, description, bind: () => read, ...extras };
}

/** A row for a field with a required or optional argument. */
export function rowWith(
  name: string,
  type: FieldType,
  bind: (argument: string | undefined) => Reader,
  description: string,
  extras: Extras & Pick<Field, "argument">,
): Field {
  return { name, type, list: false, description, bind, ...extras };
}

/** Properties of fields that are not allowed in `val()` and transformers. */
export const PLAIN = { noRight: true, noTransformer: true } as const;

/** Properties of an optional argument and of a required argument. */
export const OPTIONAL = { required: false, index: false, key: false } as const;
export const REQUIRED = { required: true, index: false, key: false } as const;

const INTEGER = /^[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)$/;

/** The integer in an argument; undefined if the argument is not an integer. */
export function wholeNumber(argument: string): number | undefined {
  if (!INTEGER.test(argument)) return undefined;
  const unsigned = Number(argument.replace(/^[+-]/, ""));
  return argument.startsWith("-") ? -unsigned : unsigned;
}
