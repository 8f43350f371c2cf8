import { TemplateError } from "./error.ts";
import { TextLimit } from "./limits.ts";

/** A value in a template. `undefined` is Go's nil. */
export type Value = undefined | boolean | number | string | NumberText | ValueList | ValueMap | Struct;
export type ValueList = readonly Value[];
export type ValueMap = ReadonlyMap<string, Value>;

/** A number as JSON text, which keeps all digits (Go's `json.Number`). */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value with fields and methods that the program defines. */
export interface Struct {
  readonly type: string;
  readonly fields: Readonly<Record<string, Value>>;
  readonly methods: Readonly<Record<string, (args: readonly Value[]) => Value>>;
  /** The value as text. */
  readonly text: string;
  /**
   * The numeric value, for ordering and comparisons with numbers. If undefined, values are compared only by their text.
   */
  readonly order?: number;
}

export function isList(value: Value): value is ValueList {
  return Array.isArray(value);
}

export function isMap(value: Value): value is ValueMap {
  return value instanceof Map;
}

export function isStruct(value: Value): value is Struct {
  return typeof value === "object" && !isList(value) && !isMap(value) && !(value instanceof NumberText);
}

/** Whether a value is true in a condition: not false, zero, nil or empty. */
export function isTrue(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  if (value instanceof NumberText) return value.text !== "";
  if (isStruct(value)) return value.order !== 0;
  return Boolean(value);
}

/** The name of the value's Go type. */
export function typeOf(value: Value): string {
  if (value === undefined) return "<nil>";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64";
  if (typeof value === "string") return "string";
  if (value instanceof NumberText) return "json.Number";
  if (isList(value)) return value.every((item) => typeof item === "string") ? "[]string" : "[]interface {}";
  return isMap(value) ? "map[string]interface {}" : value.type;
}

/** Formats a value like Go's `%v`. */
export function textOf(value: Value): string {
  if (value === undefined) return "<nil>";
  if (value instanceof NumberText) return value.text;
  if (isList(value)) return `[${value.map(textOf).join(" ")}]`;
  if (isMap(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${textOf(value.get(key))}`)
      .join(" ")}]`;
  return isStruct(value) ? value.text : String(value);
}

export function sortedKeys(map: ValueMap): string[] {
  return [...map.keys()].sort();
}

/** A field of a struct or a map, or the result of a method. Missing map keys and fields of nil are nil. */
export function fieldOf(value: Value, name: string, args: readonly Value[]): Value {
  if (isStruct(value) && Object.hasOwn(value.methods, name)) {
    const result = value.methods[name]?.(args);
    return typeof result === "string" ? new TextLimit().add(result) : result;
  }
  if (args.length > 0) throw new TemplateError(`${name} takes no arguments`);
  if (isMap(value)) return value.get(name);
  if (isStruct(value) && Object.hasOwn(value.fields, name)) return value.fields[name];
  if (value === undefined) return undefined;
  throw new UnknownField(`a value of type ${typeOf(value)} has no field ${name}`);
}

/** Error for a field that the type does not have. */
export class UnknownField extends TemplateError {}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The UTF-8 bytes of a string. Go counts in bytes. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text between two byte offsets. */
export function sliceText(text: string, from: number, to: number): string {
  return decoder.decode(bytesOf(text).subarray(from, to));
}
