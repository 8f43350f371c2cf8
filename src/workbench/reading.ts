import { nearest } from "../condition/did-you-mean.ts";
import { Location, locationOf, type RuleFile } from "../rule/location.ts";
import { isNull, type YamlMapping, type YamlNode } from "../rule/yaml.ts";

/** An error in a test file, with a message and a position. */
export class TestFault extends Error {
  readonly place: Location;

  constructor(message: string, place: Location) {
    super(message);
    this.name = "TestFault";
    this.place = place;
  }
}

export interface Entry {
  readonly key: string;
  readonly keyLocation: Location;
  readonly value: Reading;
}

/** Typed access to a YAML node of a test file. Values of the wrong type throw {@link TestFault}. */
export class Reading {
  readonly file: RuleFile;
  readonly node: YamlNode;

  constructor(file: RuleFile, node: YamlNode) {
    this.file = file;
    this.node = node;
  }

  get place(): Location {
    return locationOf(this.file, this.node);
  }

  get isScalar(): boolean {
    return this.node.kind === "scalar";
  }

  get isSequence(): boolean {
    return this.node.kind === "sequence";
  }

  get isMapping(): boolean {
    return this.node.kind === "mapping";
  }

  get isNull(): boolean {
    return isNull(this.node);
  }

  /** Returns a scalar with the given text at the position of this node. */
  with(text: string): Reading {
    const { start } = this.node;
    return new Reading(this.file, { kind: "scalar", text, style: "double", start, end: start });
  }

  fault(message: string): TestFault {
    return new TestFault(message, this.place);
  }

  /** @param what name of the value in errors, such as `"path" of openat` */
  text(what: string): string {
    if (this.node.kind !== "scalar") throw this.fault(`${what} must be a scalar, not a ${this.node.kind}.`);
    return this.isNull ? "" : this.node.text;
  }

  /** The value as a boolean; undefined if it is not a boolean. */
  get flag(): boolean | undefined {
    if (this.node.kind !== "scalar") return undefined;
    return booleans.get(this.node.text);
  }

  boolean(what: string): boolean {
    const { flag } = this;
    if (flag === undefined) throw this.fault(`${what} must be true or false.`);
    return flag;
  }

  /** The value as an integer, from decimal, `0x…` or `0o…`; undefined if it is not an integer. */
  get number(): bigint | undefined {
    if (this.node.kind !== "scalar" || !/^-?(0x[0-9a-fA-F]+|0o[0-7]+|[0-9]+)$/.test(this.node.text)) return undefined;
    const { text } = this.node;
    return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  }

  integer(what: string): number {
    const { number } = this;
    if (number === undefined) throw this.fault(`${what} must be an integer.`);
    return Number(number);
  }

  /** Items of a sequence. Null has no items; any other value is a single item. */
  items(): readonly Reading[] {
    if (this.isNull) return [];
    if (this.node.kind !== "sequence") return [this];
    return this.node.items.map((item) => new Reading(this.file, item));
  }

  texts(what: string): string[] {
    return this.items().map((item) => item.text(what));
  }

  entries(what: string): Entry[] {
    if (this.isNull) return [];
    if (this.node.kind !== "mapping")
      throw this.fault(`${capitalized(what)} must be a mapping (key: value), not a ${this.node.kind}.`);
    return this.node.entries.map(({ key, value }) => {
      if (key.kind !== "scalar") throw new TestFault(`Keys of ${what} must be names.`, locationOf(this.file, key));
      return { key: key.text, keyLocation: locationOf(this.file, key), value: new Reading(this.file, value) };
    });
  }

  /** Entries of a mapping by key. Throws for duplicate and unknown keys. */
  keyed(what: string, known?: readonly string[]): Map<string, Reading> {
    const found = new Map<string, Reading>();
    for (const { key, keyLocation, value } of this.entries(what)) {
      if (known !== undefined && !known.includes(key)) throw unknown(key, known, `key of ${what}`, keyLocation);
      if (found.has(key)) throw new TestFault(`Duplicate key "${key}".`, keyLocation);
      found.set(key, value);
    }
    return found;
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["false", false],
  ["no", false],
]);

/** Returns an error such as `"opnat" is not a valid event; did you mean "openat"?` */
export function unknown(word: string, known: Iterable<string>, what: string, place: Location): TestFault {
  const near = nearest(word, known);
  const hint = near === undefined ? "." : `; did you mean "${near}"?`;
  return new TestFault(`"${word}" is not a valid ${what}${hint}`, place);
}

/** Replaces `${name}` with the values of a row. A value that is only `${name}` may become a list or mapping. */
export function substitute(node: YamlNode, row: ReadonlyMap<string, YamlNode>, file: RuleFile): YamlNode {
  switch (node.kind) {
    case "sequence":
      return { ...node, items: node.items.map((item) => substitute(item, row, file)) };
    case "mapping": {
      const entries = node.entries.map(({ key, value }) => ({
        key: substitute(key, row, file),
        value: substitute(value, row, file),
      }));
      return { ...node, entries } satisfies YamlMapping;
    }
    default: {
      const [, whole] = /^\$\{([^}]*)\}$/.exec(node.text) ?? [];
      if (whole !== undefined) return value(whole);
      const text = node.text.replace(/\$\{([^}]*)\}/g, (_all, name: string) => {
        const found = value(name);
        if (found.kind !== "scalar")
          throw new TestFault(
            `"${name}" is a ${found.kind} and cannot be part of a string.`,
            new Location(file, node.start),
          );
        return found.text;
      });
      return text === node.text ? node : { ...node, text };
    }
  }

  function value(name: string): YamlNode {
    const found = row.get(name);
    if (found === undefined) throw unknown(name, row.keys(), "value of the row", new Location(file, node.start));
    return found;
  }
}
