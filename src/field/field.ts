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
 * BOOL: boolean. Numbers: number, or bigint where 2^53 is not enough.
 */
export type Scalar = string | number | bigint | boolean;
/** A list-typed field gives an array. */
export type Value = Scalar | readonly Scalar[];

/** Reads a field of an event; undefined where the event has no such thing (`<NA>`). Pure: same event, same answer. */
export type Reader = (event: Observed) => Value | undefined;

export type Test = (event: Observed) => boolean;

/** How numbers print: `none` not at all. */
export type NumberFormat = "dec" | "hex" | "oct" | "padded10" | "none";

/** Options of what is shown to people. */
export interface Printing {
  /** Buffers that the kernel copied: whole in base64 instead of as text with dots for what cannot be shown. */
  readonly base64Buffers: boolean;
}

/** How one use of a field is shown. Text is UTF-16, safe to show. */
export interface Shown {
  /** Undefined where the event has no such thing (`<NA>`). */
  text(event: Observed): string | undefined;
  /** JSON text. */
  json(event: Observed): string;
}

/** What stands in brackets behind a field's name, or behind a dot. */
export interface Argument {
  readonly required: boolean;
  readonly index: boolean;
  readonly key: boolean;
  /** It may stand behind a dot: only there, or in brackets as well. */
  readonly dot?: "only" | "too";
}

/** One row of the field catalogue: what the field is, how it is read, and its roles. */
export interface Field extends Roles {
  readonly name: string;
  readonly type: FieldType;
  readonly list: boolean;
  readonly argument?: Argument;
  readonly format?: NumberFormat;
  /** The reader gives bigints: compare with bigints. */
  readonly wide?: boolean;
  /** Understood, but not listed. */
  readonly hidden?: boolean;
  /** May stand in conditions only, not in outputs. */
  readonly filterOnly?: boolean;
  /** May not stand on the right side (`val(...)`). */
  readonly noRight?: boolean;
  /** May not be given to a transformer. */
  readonly noTransformer?: boolean;
  /** A list of texts whose members text operators (`contains`, `startswith`, …) ask about: one that fits is enough. */
  readonly testsMembers?: boolean;
  /** Its value is put together when it is asked for: conditions ask for it last. */
  readonly heavy?: true;
  /** The fields to show in its place where it can be tested and not shown. */
  readonly shownAs?: readonly string[];
  readonly description: string;
  /**
   * The reader for one use of the field.
   * @param argument what stands in the brackets or after the dot, undefined where nothing does
   * @throws FieldArgumentError with a sentence for the user where the argument is not acceptable
   */
  bind(argument: string | undefined): Reader;
  /** How it is shown, where that is not simply the value that {@link bind}'s reader gives. */
  show?(argument: string | undefined, printing: Printing): Shown;
  /** The type of one use of the field, where the argument decides it (`evt.rawarg`): `type` is then DYNAMIC. */
  typeOf?(argument: string | undefined): string;
  /**
   * For a use of the field that stands for several values of which one is enough (any ancestor): tells whether
   * `matches` holds for any of them. It is called once per value until it says true; it never allocates. Undefined
   * where the use stands for one value after all (`proc.aname[2]`). `exists` asks with a `matches` that is always true.
   */
  any?(argument: string | undefined): ((event: Observed, matches: (value: Scalar) => boolean) => boolean) | undefined;
  /**
   * A test of its own, for fields whose comparison is not "compare the one value" (both ends of a connection, any
   * ancestor). Undefined for an operator: the ordinary comparison applies.
   * @param operator `=`, `!=`, `in`, `startswith`, …
   * @param operands the right side, already of the field's type. IPNET: the 4 or 16 address bytes and one byte more,
   * the length of the prefix. Empty for `exists`.
   * @throws FieldArgumentError where the field does not take this operator or these operands
   */
  test?(argument: string | undefined, operator: string, operands: readonly Scalar[]): Test | undefined;
}

/** An argument that a field does not take: the message is one sentence for the user. */
export class FieldArgumentError extends Error {}
