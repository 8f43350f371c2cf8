import { TemplateError } from "./error.ts";
import { TextLimit } from "./limits.ts";
import { isList, isMap, NumberText, textOf, typeOf, type Value } from "./value.ts";

/** Maximum width and precision in characters. */
const MAX_WIDTH = 1000;
const VERB = /%([-+# 0]*)(\d*)(?:\.(\d*))?([\s\S]|$)/gu;

/** Formats values like Go's `print`: adds a space between two values if neither is a string. */
export function print(values: readonly Value[]): string {
  return separated(values, (value, before) => typeof value !== "string" && typeof before !== "string");
}

/** Formats values like Go's `println`: as a line, with spaces between all values. */
export function printLine(values: readonly Value[]): string {
  return `${separated(values, () => true)}\n`;
}

function separated(values: readonly Value[], hasSpace: (value: Value, before: Value) => boolean): string {
  const limit = new TextLimit();
  return values
    .map((value, i) => limit.add(`${i > 0 && hasSpace(value, values[i - 1]) ? " " : ""}${textOf(value)}`))
    .join("");
}

/** Formats values like Go's `printf`. */
export function format(pattern: string, values: readonly Value[]): string {
  let next = 0;
  const limit = new TextLimit();
  const text = pattern.replace(
    VERB,
    (_, flags: string, width: string, precision: string | undefined, verb: string): string => {
      if (verb === "%") return "%";
      if (verb === "") return "%!(NOVERB)";
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const value = values[next++];
      const digits = precision === undefined ? undefined : bounded(precision);
      const shown = formatOne(value, verb, flags, digits) ?? `%!${verb}(${typed(value)})`;
      return limit.add(pad(shown, flags, bounded(width), value));
    },
  );
  if (next >= values.length) return text;
  const others = values.slice(next).map((value) => limit.add(typed(value)));
  return `${text}%!(EXTRA ${others.join(", ")})`;
}

function typed(value: Value): string {
  return value === undefined ? "<nil>" : `${typeOf(value)}=${textOf(value)}`;
}

function bounded(digits: string): number {
  const value = Number(digits);
  if (value > MAX_WIDTH) throw new TemplateError(`printf with a width of more than ${MAX_WIDTH}`);
  return value;
}

function pad(text: string, flags: string, width: number, value: Value): string {
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0") || typeof value !== "number") return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

/** Formats a value; undefined if the verb does not fit its type. */
function formatOne(value: Value, verb: string, flags: string, digits: number | undefined): string | undefined {
  if (verb === "T") return typeOf(value);
  if (verb === "v") return typeof value === "number" ? signed(value, String(value), flags) : textOf(value);
  if (value === undefined) return undefined;
  if (typeof value === "number") return formatNumber(value, verb, flags, digits);
  if (typeof value === "boolean") return verb === "t" ? String(value) : undefined;
  if (isList(value)) {
    const items = value.map((each) => formatOne(each, verb, flags, digits) ?? `%!${verb}(${typed(each)})`);
    return `[${items.join(" ")}]`;
  }
  if (isMap(value)) return verb === "s" ? textOf(value) : undefined;
  const text = textOf(value);
  const order = value instanceof NumberText || typeof value === "string" ? undefined : value.order;
  if (order !== undefined && verb === "d") return String(order);
  const cut = digits === undefined ? text : [...text].slice(0, digits).join("");
  if (verb === "s") return cut;
  if (verb === "q") return JSON.stringify(cut);
  if (verb !== "x" && verb !== "X") return undefined;
  const hex = [...new TextEncoder().encode(cut)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return verb === "x" ? hex : hex.toUpperCase();
}

const RADIX: Readonly<Record<string, number>> = { b: 2, o: 8, d: 10, x: 16, X: 16 };

function formatNumber(value: number, verb: string, flags: string, digits: number | undefined): string | undefined {
  const radix = RADIX[verb];
  if (radix !== undefined) {
    if (!Number.isInteger(value)) return undefined;
    const text = value.toString(radix);
    return signed(value, verb === "X" ? text.toUpperCase() : text, flags);
  }
  const places = Math.min(digits ?? 6, 100);
  if (verb === "f" || verb === "F") return signed(value, value.toFixed(places), flags);
  if (verb === "e" || verb === "E") {
    const text = value.toExponential(places).replace(/e([+-])(\d)$/, "e$10$2");
    return signed(value, verb === "E" ? text.toUpperCase() : text, flags);
  }
  if (verb === "g" || verb === "G") return signed(value, String(value), flags);
  if ((verb !== "c" && verb !== "q") || !Number.isInteger(value)) return undefined;
  const character = value >= 0 && value <= 0x10ffff ? String.fromCodePoint(value).toWellFormed() : "\uFFFD";
  return verb === "c" ? character : `'${character}'`;
}

function signed(value: number, text: string, flags: string): string {
  if (value < 0) return text;
  return flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;
}
