import { TemplateError } from "./error.ts";
import { format, print, printLine } from "./format.ts";
import {
  bytesOf,
  isList,
  isMap,
  isStruct,
  isTrue,
  NumberText,
  sliceText,
  textOf,
  typeOf,
  type Value,
} from "./value.ts";

/** Functions of templates. The executor evaluates `and` and `or` itself, because they do not evaluate all arguments. */
export const functions: Readonly<Record<string, (args: readonly Value[]) => Value>> = {
  and: (args) => args.find((each) => !isTrue(each)) ?? args.at(-1),
  or: (args) => args.find(isTrue) ?? args.at(-1),
  not: ([value]) => !isTrue(value),
  len: ([value]) => length(value),
  index: ([value, ...keys]) => keys.reduce(item, value),
  slice: ([value, ...bounds]) => slice(value, bounds),
  print: (args) => print(args),
  println: printLine,
  printf: ([pattern, ...args]) => format(textOf(pattern), args),
  html: (args) => replaceAll(joined(args), HTML),
  js: (args) => replaceAll(joined(args), SCRIPT),
  urlquery: (args) =>
    encodeURIComponent(joined(args).toWellFormed())
      .replace(/[!'()*]/g, percent)
      .replaceAll("%20", "+"),
  eq: ([value, ...others]) => {
    if (others.length === 0) throw new TemplateError("eq takes two or more values");
    return others.some((other) => isEqual(value, other));
  },
  ne: ([a, b]) => !isEqual(a, b),
  lt: ([a, b]) => compare(a, b) < 0,
  le: ([a, b]) => compare(a, b) <= 0,
  gt: ([a, b]) => compare(a, b) > 0,
  ge: ([a, b]) => compare(a, b) >= 0,
};

/** Minimum and maximum number of arguments of a function. Functions that are not listed accept any number. */
export const arity: Readonly<Record<string, readonly [least: number, most: number]>> = {
  and: [1, Number.POSITIVE_INFINITY],
  or: [1, Number.POSITIVE_INFINITY],
  not: [1, 1],
  len: [1, 1],
  index: [1, Number.POSITIVE_INFINITY],
  slice: [1, 4],
  printf: [1, Number.POSITIVE_INFINITY],
  eq: [1, Number.POSITIVE_INFINITY],
  ne: [2, 2],
  lt: [2, 2],
  le: [2, 2],
  gt: [2, 2],
  ge: [2, 2],
};

function length(value: Value): number {
  if (typeof value === "string") return bytesOf(value).length;
  if (value instanceof NumberText) return value.text.length;
  if (isList(value)) return value.length;
  if (isMap(value)) return value.size;
  throw new TemplateError(`len of a value of type ${typeOf(value)}`);
}

function item(value: Value, key: Value): Value {
  if (value === undefined) throw new TemplateError("index of a missing value");
  if (isMap(value)) return value.get(textOf(key));
  if (typeof key !== "number" || !Number.isInteger(key)) throw new TemplateError(`index by ${typeOf(key)}`);
  const size = length(value);
  if (key < 0 || key >= size) throw new TemplateError(`index ${key} is out of range for length ${size}`);
  return isList(value) ? value[key] : bytesOf(textOf(value))[key];
}

function slice(value: Value, bounds: readonly Value[]): Value {
  const size = length(value);
  const [from = 0, to = size] = bounds;
  if (typeof from !== "number" || typeof to !== "number" || from < 0 || to > size || from > to)
    throw new TemplateError(`invalid slice bounds: from ${textOf(from)} to ${textOf(to)} for length ${size}`);
  if (isMap(value)) throw new TemplateError("slice of a map");
  return isList(value) ? value.slice(from, to) : sliceText(textOf(value), from, to);
}

function joined(args: readonly Value[]): string {
  return args.length === 1 && typeof args[0] === "string" ? args[0] : print(args);
}

/** The numeric value; undefined if the value is not a number. */
function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (value instanceof NumberText) return Number(value.text);
  return isStruct(value) ? value.order : undefined;
}

/** Compares strings and numbers by content, because alert fields may have either type. */
function isEqual(a: Value, b: Value): boolean {
  if (typeof a === "number" || typeof b === "number") {
    const [first, second] = [numberOf(a), numberOf(b)];
    if (first !== undefined && second !== undefined) return first === second;
  }
  if (isList(a) || isMap(a) || isList(b) || isMap(b)) throw new TemplateError("eq cannot compare lists or maps");
  if (a === undefined || b === undefined) return a === b;
  if (typeof a === "boolean" || typeof b === "boolean") return a === b;
  return textOf(a) === textOf(b);
}

function compare(a: Value, b: Value): number {
  const [first, second] = [numberOf(a), numberOf(b)];
  if (first !== undefined && second !== undefined) return first - second;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  throw new TemplateError(`cannot compare ${typeOf(a)} with ${typeOf(b)}`);
}

const HTML: Readonly<Record<string, string>> = {
  "\0": "\uFFFD",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

const SCRIPT: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
  "\n": "\\u000A",
  "\r": "\\u000D",
  "\t": "\\u0009",
};

function replaceAll(text: string, table: Readonly<Record<string, string>>): string {
  return text.replace(/[\s\S]/g, (char) => table[char] ?? char);
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}
