import { nearest } from "../condition/did-you-mean.ts";
import { ItemError } from "./diagnostic.ts";
import { type Location, locationOf, type RuleFile } from "./location.ts";
import { isNull, lookUp, type YamlMapping, type YamlNode, type YamlScalar } from "./yaml.ts";

/** One entry of a rule file, or a mapping inside one: typed access to its keys, refusing what has the wrong shape. */
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

  /** The place of a key's value, of the whole where the key is absent. */
  locationAt(key: string): Location {
    const value = this.value(key);
    return value === undefined ? this.place : locationOf(this.file, value);
  }

  /** A scalar that has to be there and not be empty. */
  scalar(key: string): YamlScalar {
    const value = this.value(key);
    if (value === undefined) throw this.missing(key);
    if (isNull(value)) throw this.refusal(`"${key}" has no value`, value);
    if (value.kind !== "scalar") throw this.refusal(`"${key}" takes one value, not a ${value.kind}`, value);
    if (value.text === "") throw this.refusal(`"${key}" is empty`, value);
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
    if (value === undefined) throw this.refusal(`"${key}" is true or false, not "${scalar.text}"`, scalar);
    return value;
  }

  optionalBoolean(key: string): boolean | undefined {
    return this.has(key) ? this.boolean(key) : undefined;
  }

  /** A whole number from 0 to 2^32-1. */
  count(key: string): number {
    const scalar = this.scalar(key);
    const value = parseCount(scalar.text);
    if (value === undefined) throw this.refusal(`"${key}" is a whole number, not "${scalar.text}"`, scalar);
    return value;
  }

  optionalCount(key: string): number | undefined {
    return this.has(key) ? this.count(key) : undefined;
  }

  /** A sequence of scalars. */
  texts(key: string): string[] {
    const value = this.value(key);
    if (value === undefined) throw this.missing(key);
    if (value.kind !== "sequence") throw this.refusal(`"${key}" takes a sequence`, value);
    return value.items.map((item) => {
      if (item.kind !== "scalar" || isNull(item)) throw this.refusal(`Each of "${key}" is one value`, item);
      return item.text;
    });
  }

  /** That a key is not there, or misspelt. */
  missing(key: string): ItemError {
    for (const { key: other } of this.mapping.entries) {
      if (other.kind !== "scalar" || nearest(other.text, [key]) === undefined) continue;
      return this.refusal(`"${key}" is missing, but there is "${other.text}". Did you mean "${key}"?`, other);
    }
    return this.refusal(`"${key}" is missing`, this.mapping);
  }

  refusal(message: string, node: YamlNode): ItemError {
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
