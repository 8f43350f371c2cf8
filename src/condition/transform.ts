import type { Scalar, Value } from "../field/field.ts";
import { asciiLower, asciiUpper, untilNul } from "./compare.ts";
import { INTEGERS } from "./types.ts";

/** The type of a term's values. */
export interface Shape {
  readonly type: string;
  readonly list: boolean;
}

/** A transformer with one operand: its result type and its function. */
export interface Transformer {
  /** The result type; undefined if values of this type are not supported. */
  shape(input: Shape): Shape | undefined;
  /** Transforms a value or, for lists, each member; `len` counts the members. Undefined if this is not possible. */
  apply(value: Value, input: Shape): Value | undefined;
}

const TEXTS: ReadonlySet<string> = new Set(["CHARBUF", "FSPATH", "FSRELPATH"]);

/** A transformer of strings, applied to each member of a list. */
function textTransformer(types: ReadonlySet<string>, change: (value: string) => string | undefined): Transformer {
  const each = (value: Scalar): string | undefined => change(withoutTrailingNuls(String(value)));
  return {
    shape: (input) => (types.has(input.type) ? input : undefined),
    apply(value) {
      if (typeof value !== "object") return each(value);
      const changed: string[] = [];
      for (const member of value) {
        const result = each(member);
        if (result === undefined) return undefined;
        changed.push(result);
      }
      return changed;
    },
  };
}

/** Transformers with one operand. */
export const transformers: Readonly<Record<string, Transformer>> = {
  tolower: textTransformer(TEXTS, asciiLower),
  toupper: textTransformer(TEXTS, asciiUpper),
  b64: textTransformer(new Set(["CHARBUF", "BYTEBUF"]), decodeBase64),
  basename: textTransformer(TEXTS, (value) => value.slice(value.lastIndexOf("/") + 1)),
  len: {
    shape: (input) =>
      input.list || TEXTS.has(input.type) || input.type === "BYTEBUF" ? { type: "UINT64", list: false } : undefined,
    apply(value, input) {
      if (typeof value !== "string") return typeof value === "object" ? value.length : undefined;
      return input.type === "BYTEBUF" ? value.length : untilNul(value).length;
    },
  },
};

function withoutTrailingNuls(value: string): string {
  let end = value.length;
  while (end > 0 && value.charCodeAt(end - 1) === 0) end--;
  return end === value.length ? value : value.slice(0, end);
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_VALUE = Int8Array.from({ length: 256 }, (_, code) => BASE64.indexOf(String.fromCharCode(code)));

/** Decodes base64, with or without padding; undefined if it is invalid. */
export function decodeBase64(text: string): string | undefined {
  if (text === "") return "";
  let end = text.length;
  for (let i = 0; i < 2 && text.charCodeAt(end - 1) === 61; i++) end--;
  if (end % 4 === 1 || end === 0) return undefined;
  let bytes = "";
  let bits = 0;
  let pending = 0;
  for (let i = 0; i < end; i++) {
    const value = BASE64_VALUE[text.charCodeAt(i)];
    if (value === undefined || value < 0) return undefined;
    bits = (bits << 6) | value;
    pending += 6;
    if (pending < 8) continue;
    pending -= 8;
    bytes += String.fromCharCode((bits >> pending) & 255);
    bits &= (1 << pending) - 1;
  }
  return bits === 0 ? bytes : undefined;
}

/**
 * Converts a value for `join`, `concat` and lists of operands: strings are unchanged, numbers and booleans become
 * little-endian bytes. Each result ends at its first NUL.
 */
export function memoryText(value: Scalar, type: string): string {
  if (typeof value === "string") return untilNul(value);
  let rest = typeof value === "boolean" ? (value ? 1n : 0n) : doubleBits(value, type);
  let bytes = "";
  for (let i = (INTEGERS[type]?.bits ?? (type === "BOOL" ? 32 : 64)) / 8; i > 0; i--) {
    const byte = Number(rest & 255n);
    if (byte === 0) break;
    bytes += String.fromCharCode(byte);
    rest >>= 8n;
  }
  return bytes;
}

function doubleBits(value: number | bigint, type: string): bigint {
  if (type !== "DOUBLE") return BigInt(value);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number(value));
  return view.getBigUint64(0);
}

/**
 * The short options in a command's arguments, as in getopt(3). An option with a value is followed by the value; unknown
 * options are `?`. With `option`, returns only the last value of this option, or its letter if the option has no value;
 * undefined if the option is missing.
 */
export function findOptions(
  args: readonly string[],
  description: string,
  option: string | undefined,
): readonly string[] | string | undefined {
  const found: string[] = [];
  let selected: string | undefined;
  const emit = (name: string, value: string | undefined) => {
    if (option !== undefined) selected = value ?? name;
    else found.push(...(value === undefined ? [name] : [name, value]));
  };
  const takes = optionsIn(description);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === "--" || arg[0] !== "-" || arg.length === 1) break;
    if (arg.startsWith("--")) continue;
    for (let i = 1; i < arg.length; i++) {
      const name = arg[i]!;
      const takesValue = takes.get(name);
      if (takesValue === undefined) {
        if (option === undefined) found.push("?");
        continue;
      }
      const wanted = option === undefined || option === name;
      if (!takesValue) {
        if (wanted) emit(name, undefined);
        continue;
      }
      const value = i + 1 < arg.length ? arg.slice(i + 1) : args[++index];
      if (wanted) {
        if (value === undefined) emit("", undefined);
        else emit(name, value);
      }
      break;
    }
  }
  return option === undefined ? found : selected;
}

/** Whether each option requires a value, from getopt's notation: `ab:` means that only `b` does. */
function optionsIn(description: string): ReadonlyMap<string, boolean> {
  const options = new Map<string, boolean>();
  for (let i = 0; i < description.length; i++) {
    const name = description[i]!;
    if (name === ":") continue;
    const takesValue = description[i + 1] === ":";
    options.set(name, takesValue || options.get(name) === true);
  }
  return options;
}
