import type { Observed } from "../machine/observed.ts";
import type { Roles } from "./role.ts";

/** Types of fields, named as in Falco without the prefix `PT_` (`PT_CHARBUF`). */
export type FieldType =
  | "INT8"
  | "INT16"
  | "INT32"
  | "INT64"
  | "UINT8"
  | "UINT16"
  | "UINT32"
  | "UINT64"
  | "BOOL"
  | "DOUBLE"
  | "RELTIME"
  | "ABSTIME"
  | "CHARBUF"
  | "FSPATH"
  | "FSRELPATH"
  | "BYTEBUF"
  | "PORT"
  | "L4PROTO"
  | "SOCKFAMILY"
  | "IPADDR"
  | "IPNET"
  | "DYNAMIC";

/**
 * A single value of a field. Text and bytes: byte string. IPADDR and IPNET: the 4 or 16 address bytes as a byte string.
 * BOOL: boolean. Numbers: number, or bigint above 2^53.
 */
export type Scalar = string | number | bigint | boolean;
/** A value of a field. Fields of a list type have arrays. */
export type Value = Scalar | readonly Scalar[];

/** Reads the value of a field from an event without side effects; undefined if the event has no such value (`<NA>`). */
export type Reader = (event: Observed) => Value | undefined;

export type Test = (event: Observed) => boolean;

/** Number formats. Fields with the format `none` are not printed. */
export type NumberFormat = "dec" | "hex" | "oct" | "padded10" | "none";

/** Options for printing values. */
export interface Printing {
  /** Whether to print buffers in base64 instead of text with dots for unprintable bytes. */
  readonly base64Buffers: boolean;
}

/** Prints the value of a field. Text is UTF-16 and safe to display. */
export interface Shown {
  /** The printed value; undefined if the event has no such value (`<NA>`). */
  text(event: Observed): string | undefined;
  /** The value as JSON text. */
  json(event: Observed): string;
}

/** The form in which a field accepts an argument, in brackets or after a dot. */
export interface Argument {
  readonly required: boolean;
  readonly index: boolean;
  readonly key: boolean;
  /** `only`: the argument must follow a dot; `too`: it may follow a dot or be in brackets. */
  readonly dot?: "only" | "too";
}

/** A row of the field catalogue: the properties of a field, its reader and its roles. */
export interface Field extends Roles {
  readonly name: string;
  readonly type: FieldType;
  readonly list: boolean;
  readonly argument?: Argument;
  readonly format?: NumberFormat;
  /** Whether the reader returns bigints, so that constants must be bigints as well. */
  readonly wide?: boolean;
  /** Whether the field is supported but not listed. */
  readonly hidden?: boolean;
  /** Whether the field can be used in conditions but not in outputs. */
  readonly filterOnly?: boolean;
  /** Whether the field is not allowed on the right side (`val(...)`). */
  readonly noRight?: boolean;
  /** Whether the field is not allowed in transformers. */
  readonly noTransformer?: boolean;
  /**
   * Whether the field is a list of strings whose members are tested one by one by operators such as `contains` and
   * `startswith`. One match is enough.
   */
  readonly testsMembers?: boolean;
  /**
   * The part of an opened file's real path that the field contains. The sensor watches the files that rules compare
   * with the field.
   */
  readonly watches?: "path" | "directory" | "filename";
  /**
   * The part of the path passed by the program that the field contains. The sensor watches the files in constants, so
   * that another thread cannot replace the path unnoticed.
   */
  readonly passed?: Field["watches"];
  /** Whether the field is expensive to read. Conditions test it last. */
  readonly heavy?: true;
  /** Fields to print instead of this field, if it can only be tested. */
  readonly shownAs?: readonly string[];
  readonly description: string;
  /**
   * Returns the reader of the field with an argument.
   * @param argument undefined if there is none
   * @throws FieldArgumentError if the argument is invalid
   */
  bind(argument: string | undefined): Reader;
  /** Prints the value, for fields whose text differs from the value of the reader. */
  show?(argument: string | undefined, printing: Printing): Shown;
  /** The type of a field whose type depends on the argument (`evt.rawarg`); `type` is then DYNAMIC. */
  typeOf?(argument: string | undefined): string;
  /**
   * Tests fields that have several values, one of which must match (any ancestor). The test calls `matches` for each
   * value until it returns true, without allocating memory. Undefined for an argument that selects a single value
   * (`proc.aname[2]`). For `exists`, `matches` always returns true.
   */
  any?(argument: string | undefined): ((event: Observed, matches: (value: Scalar) => boolean) => boolean) | undefined;
  /**
   * A custom test for fields without a single value to compare (both ends of a connection, any ancestor). Undefined if
   * the ordinary comparison applies to the operator.
   * @param operator `=`, `!=`, `in`, `startswith`, …
   * @param operands the right side, of the field's type. IPNET: the 4 or 16 address bytes and one more byte, the prefix
   *   length. Empty for `exists`.
   * @throws FieldArgumentError if the field does not support this operator or these operands
   */
  test?(argument: string | undefined, operator: string, operands: readonly Scalar[]): Test | undefined;
}

/** Error for an invalid argument of a field. It has a message for the user. */
export class FieldArgumentError extends Error {}
