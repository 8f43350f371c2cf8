import type { Modifier, Operator } from "./ast.ts";

/** Classes of types with the same comparisons. */
export type TypeClass = "number" | "bool" | "address" | "text" | "bytes";

/** Bits and sign of the integer types. */
export interface IntegerType {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

const integer = (bits: IntegerType["bits"], signed: boolean): IntegerType => ({ bits, signed });

/**
 * Types that compare as integers. Fields have the types INT8 to UINT64, RELTIME, ABSTIME and PORT; raw event arguments
 * (`evt.rawarg`) can have all of them.
 */
export const INTEGERS: Readonly<Record<string, IntegerType>> & { readonly INT32: IntegerType } = {
  INT8: integer(8, true),
  INT16: integer(16, true),
  INT32: integer(32, true),
  INT64: integer(64, true),
  UINT8: integer(8, false),
  UINT16: integer(16, false),
  UINT32: integer(32, false),
  UINT64: integer(64, false),
  ERRNO: integer(64, true),
  FD: integer(64, true),
  PID: integer(64, true),
  RELTIME: integer(64, false),
  ABSTIME: integer(64, false),
  PORT: integer(16, false),
  FLAGS8: integer(8, false),
  FLAGS16: integer(16, false),
  FLAGS32: integer(32, false),
  MODE: integer(32, false),
  ENUMFLAGS8: integer(8, false),
  ENUMFLAGS16: integer(16, false),
  ENUMFLAGS32: integer(32, false),
};

const CLASSES: Readonly<Record<string, TypeClass>> = {
  ...Object.fromEntries(Object.keys(INTEGERS).map((type) => [type, "number" as const])),
  DOUBLE: "number",
  BOOL: "bool",
  IPADDR: "address",
  IPNET: "address",
  IPV4ADDR: "address",
  IPV6ADDR: "address",
  CHARBUF: "text",
  FSPATH: "text",
  FSRELPATH: "text",
  BYTEBUF: "bytes",
};

/** The class of a type; undefined for types that support only `exists`. */
export function typeClass(type: string): TypeClass | undefined {
  return CLASSES[type];
}

const LISTED: ReadonlySet<string> = new Set(["CHARBUF", "UINT64", "RELTIME", "ABSTIME", "BOOL", "IPADDR", "IPNET"]);

const OPERATORS: Readonly<Record<TypeClass, ReadonlySet<Operator>>> = {
  number: new Set(["=", "!=", "<", "<=", ">", ">=", "in", "intersects"]),
  bool: new Set(["=", "!=", "in", "intersects"]),
  address: new Set(["=", "!=", "in", "intersects"]),
  text: new Set([
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "intersects",
    "pmatch",
    "contains",
    "icontains",
    "startswith",
    "endswith",
    "glob",
    "iglob",
    "regex",
  ]),
  bytes: new Set(["=", "!=", "in", "intersects", "contains", "startswith", "endswith", "bcontains", "bstartswith"]),
};

const CALLED: Readonly<Record<TypeClass, string>> = {
  number: "a number",
  bool: "true or false",
  address: "an address or a network",
  text: "text",
  bytes: "bytes",
};

/** Operators that test each member of a list of strings. */
const OF_MEMBERS: ReadonlySet<Operator> = new Set([
  "contains",
  "icontains",
  "startswith",
  "endswith",
  "glob",
  "iglob",
  "regex",
]);

export function testsMembers(operator: Operator, modifier: Modifier | undefined): boolean {
  return modifier === undefined && OF_MEMBERS.has(operator);
}

/** The error for a comparison that a type does not support, as a sentence; undefined if it is supported. */
export function mismatch(
  subject: string,
  type: string,
  list: boolean,
  operator: Operator,
  modifier: Modifier | undefined,
): string | undefined {
  if (operator === "exists") return undefined;
  const written = modifier === undefined ? operator : `${operator} ${modifier}`;
  const kind = typeClass(type);
  if (kind === undefined || (list && !LISTED.has(type))) {
    return `"${subject}" has type ${type}, which supports only "exists".`;
  }
  if (list) {
    if (operator === "in" || operator === "intersects") return undefined;
    return `"${subject}" is a list, which supports "in", "intersects" and "exists", not "${written}".`;
  }
  if (OPERATORS[kind].has(operator)) return undefined;
  return `"${subject}" is ${CALLED[kind]}, which does not support "${written}"; use ${[...OPERATORS[kind]].join(", ")} or exists.`;
}
