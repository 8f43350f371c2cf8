import { nearest } from "../condition/did-you-mean.ts";
import { ItemError } from "./diagnostic.ts";
import { type Location, locationOf, type RuleFile } from "./location.ts";
import { isNull, lookUp, type YamlMapping, type YamlNode, type YamlScalar } from "./yaml.ts";

/** Typed access to the keys of an item of a rule file or of a nested mapping, with errors for wrong types. */
export class Item {
  readonly file: RuleFile;
  readonly mapping: YamlMapping;

  constructor(file: RuleFile, mapping: YamlMapping) {
    this.file = file;
    this.mapping = mapping;
  }

  get place(): Location {
    return locationOf(this.file, this.mapping);
  }

  has(key: string): boolean {
    return lookUp(this.mapping, key) !== undefined;
  }

  value(key: string): YamlNode | undefined {
    return lookUp(this.mapping, key);
  }

  /** The location of a key's value, or of the mapping if the key is absent. */
  locationAt(key: string): Location {
    const value = this.value(key);
    return value === undefined ? this.place : locationOf(this.file, value);
  }

  /** A required, non-empty scalar. */
  scalar(key: string): YamlScalar {
    const value = this.value(key);
    if (value === undefined) throw this.missing(key);
    if (isNull(value)) throw this.error(`"${key}" has no value`, value);
    if (value.kind !== "scalar") throw this.error(`"${key}" must be a single value, not a ${value.kind}`, value);
    if (value.text === "") throw this.error(`"${key}" is empty`, value);
    return value;
  }

  text(key: string): string {
    return this.scalar(key).text;
  }

  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  boolean(key: string): boolean {
    const scalar = this.scalar(key);
    const value = booleans.get(scalar.text);
    if (value === undefined) throw this.error(`"${key}" must be true or false, not "${scalar.text}"`, scalar);
    return value;
  }

  optionalBoolean(key: string): boolean | undefined {
    return this.has(key) ? this.boolean(key) : undefined;
  }

  /** An integer from 0 to 2^32-1. */
  count(key: string): number {
    const scalar = this.scalar(key);
    const value = parseCount(scalar.text);
    if (value === undefined)
      throw this.error(`"${key}" must be an integer from 0 to 4294967295, not "${scalar.text}"`, scalar);
    return value;
  }

  optionalCount(key: string): number | undefined {
    return this.has(key) ? this.count(key) : undefined;
  }

  /** A sequence of scalars. */
  texts(key: string): string[] {
    const value = this.value(key);
    if (value === undefined) throw this.missing(key);
    if (value.kind !== "sequence") throw this.error(`"${key}" must be a sequence`, value);
    return value.items.map((item) => {
      if (item.kind !== "scalar" || isNull(item))
        throw this.error(`Each item of "${key}" must be a single value`, item);
      return item.text;
    });
  }

  /** The error for a missing or misspelled key. */
  missing(key: string): ItemError {
    for (const { key: other } of this.mapping.entries) {
      if (other.kind !== "scalar" || nearest(other.text, [key]) === undefined) continue;
      return this.error(`"${key}" is missing, but there is "${other.text}". Did you mean "${key}"?`, other);
    }
    return this.error(`"${key}" is missing`, this.mapping);
  }

  /** The value as a mapping. @throws ItemError with the message if the value is not a mapping */
  inner(node: YamlNode, otherwise: string): Item {
    if (node.kind !== "mapping") throw this.error(otherwise, node);
    return new Item(this.file, node);
  }

  error(message: string, node: YamlNode): ItemError {
    return new ItemError("LOAD_ERR_YAML_VALIDATE", message, locationOf(this.file, node));
  }
}

export function parseCount(text: string): number | undefined {
  if (!/^\+?(\d+|0x[\da-f]+)$/i.test(text)) return undefined;
  const value = Number(text.replace("+", ""));
  return value <= 0xffffffff ? value : undefined;
}

const booleans = new Map<string, boolean>();
for (const [yes, no] of [
  ["y", "n"],
  ["yes", "no"],
  ["true", "false"],
  ["on", "off"],
] as const) {
  for (const [word, value] of [
    [yes, true],
    [no, false],
  ] as const) {
    for (const spelling of [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)])
      booleans.set(spelling, value);
  }
}
