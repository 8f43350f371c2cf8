import type { Observed } from "../machine/observed.ts";
import type { Roles } from "./role.ts";

/** Types of fields by the reference's names (`PT_CHARBUF` and so on, without `PT_`). */
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
 * One value of a field. Text and bytes: byte string. IPADDR and IPNET: the 4 or 16 address bytes as a byte string.
 * BOOL: boolean. Numbers: number, or bigint above 2^53.
 */
export type Scalar = string | number | bigint | boolean;
/** Fields of a list type return an array. */
export type Value = Scalar | readonly Scalar[];

/** Reads a field of an event; undefined if the event has no such value (`<NA>`). Pure. */
export type Reader = (event: Observed) => Value | undefined;

export type Test = (event: Observed) => boolean;

/** Number formats; `none`: not printed. */
export type NumberFormat = "dec" | "hex" | "oct" | "padded10" | "none";

/** Options of printed values. */
export interface Printing {
  /** Buffers in base64, instead of text with dots for unprintable bytes. */
  readonly base64Buffers: boolean;
}

/** Prints a use of a field. Text is UTF-16, safe to show. */
export interface Shown {
  /** Undefined if the event has no such value (`<NA>`). */
  text(event: Observed): string | undefined;
  /** JSON text. */
  json(event: Observed): string;
}

/** The argument of a field, in brackets or after a dot. */
export interface Argument {
  readonly required: boolean;
  readonly index: boolean;
  readonly key: boolean;
  /** Whether the argument may follow a dot: only there, or in brackets too. */
  readonly dot?: "only" | "too";
}

/** One row of the field catalogue: properties of the field, its reader, and its roles. */
export interface Field extends Roles {
  readonly name: string;
  readonly type: FieldType;
  readonly list: boolean;
  readonly argument?: Argument;
  readonly format?: NumberFormat;
  /** The reader returns bigints: compare with bigints. */
  readonly wide?: boolean;
  /** Supported, but not listed. */
  readonly hidden?: boolean;
  /** For conditions only, not for outputs. */
  readonly filterOnly?: boolean;
  /** Not allowed on the right side (`val(...)`). */
  readonly noRight?: boolean;
  /** Not allowed in transformers. */
  readonly noTransformer?: boolean;
  /**
   * A list of strings whose members operators such as `contains` and `startswith` test one by one: one match is enough.
   */
  readonly testsMembers?: boolean;
  /** The part of the real path of an opened file that it is: the sensor watches the files that rules compare it with. */
  readonly watches?: "path" | "directory" | "filename";
  /**
   * The part that it is of the path that the program passed. The sensor watches the files that constants name, so that another thread
   * cannot exchange the path.
   */
  readonly passed?: Field["watches"];
  /** Expensive to read: conditions test it last. */
  readonly heavy?: true;
  /** Fields to print instead, if it can only be tested. */
  readonly shownAs?: readonly string[];
  readonly description: string;
  /**
   * Returns the reader for a use of the field.
   * @param argument the argument, undefined if there is none
   * @throws FieldArgumentError if the argument is invalid
   */
  bind(argument: string | undefined): Reader;
  /** Prints a use, if the result differs from the value of {@link bind}'s reader. */
  show?(argument: string | undefined, printing: Printing): Shown;
  /** The type of a use that depends on the argument (`evt.rawarg`): `type` is then DYNAMIC. */
  typeOf?(argument: string | undefined): string;
  /**
   * For a use with several values of which one is enough (any ancestor): whether `matches` holds for one of them.
   * `matches` is called for each value until it returns true; nothing is allocated. Undefined for a use with a single
   * value (`proc.aname[2]`). `exists` passes a `matches` that is always true.
   */
  any?(argument: string | undefined): ((event: Observed, matches: (value: Scalar) => boolean) => boolean) | undefined;
  /**
   * A custom test, for fields that do not compare a single value (both ends of a connection, any ancestor). Undefined
   * for an operator: the ordinary comparison applies.
   * @param operator `=`, `!=`, `in`, `startswith`, …
   * @param operands the right side, of the field's type. IPNET: the 4 or 16 address bytes and one more byte, the prefix
   * length. Empty for `exists`.
   * @throws FieldArgumentError if the field does not support this operator or these operands
   */
  test?(argument: string | undefined, operator: string, operands: readonly Scalar[]): Test | undefined;
}

/** An invalid argument of a field: the message is one sentence for the user. */
export class FieldArgumentError extends Error {}
