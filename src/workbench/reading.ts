import { nearest } from "../condition/did-you-mean.ts";
import { Location, locationOf, type RuleFile } from "../rule/location.ts";
import { isNull, type YamlMapping, type YamlNode } from "../rule/yaml.ts";

/** A test file can't be used as it stands. The message is one sentence for the user; `place` says where. */
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
  readonly keyPlace: Location;
  readonly value: Reading;
}

/** A piece of a test file: typed access to it, refusing what has the wrong shape. */
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

  /** A single value in the same place. */
  with(text: string): Reading {
    const { start } = this.node;
    return new Reading(this.file, { kind: "scalar", text, style: "double", start, end: start });
  }

  fault(message: string): TestFault {
    return new TestFault(message, this.place);
  }

  /** @param what names the value in the message of the fault: `"path" of openat` */
  text(what: string): string {
    if (this.node.kind !== "scalar") throw this.fault(`${what} takes one value, not a ${this.node.kind}.`);
    return this.isNull ? "" : this.node.text;
  }

  /** True or false, where it is either. */
  get flag(): boolean | undefined {
    if (this.node.kind !== "scalar") return undefined;
    return booleans.get(this.node.text);
  }

  boolean(what: string): boolean {
    const { flag } = this;
    if (flag === undefined) throw this.fault(`${what} is true or false.`);
    return flag;
  }

  /** A whole number: decimal, `0x…` or `0o…`; undefined where it is none. */
  get number(): bigint | undefined {
    if (this.node.kind !== "scalar" || !/^-?(0x[0-9a-fA-F]+|0o[0-7]+|[0-9]+)$/.test(this.node.text)) return undefined;
    const { text } = this.node;
    return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  }

  integer(what: string): number {
    const { number } = this;
    if (number === undefined) throw this.fault(`${what} takes a whole number.`);
    return Number(number);
  }

  /** The parts of a sequence; a single value is a sequence of one. */
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
    if (this.node.kind !== "mapping") throw this.fault(`${what} is a mapping (key: value), not a ${this.node.kind}.`);
    return this.node.entries.map(({ key, value }) => {
      if (key.kind !== "scalar") throw new TestFault(`A key of ${what} is a name.`, locationOf(this.file, key));
      return { key: key.text, keyPlace: locationOf(this.file, key), value: new Reading(this.file, value) };
    });
  }

  /** The entries of a mapping by key, none of which may be there twice or be missing from `known`. */
  keyed(what: string, known?: readonly string[]): Map<string, Reading> {
    const found = new Map<string, Reading>();
    for (const { key, keyPlace, value } of this.entries(what)) {
      if (known !== undefined && !known.includes(key)) throw unknown(key, known, `key of ${what}`, keyPlace);
      if (found.has(key)) throw new TestFault(`"${key}" is there twice.`, keyPlace);
      found.set(key, value);
    }
    return found;
  }
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["false", false],
  ["no", false],
]);

/** `"opnat" is no event; did you mean "openat"?` */
export function unknown(word: string, known: Iterable<string>, what: string, place: Location): TestFault {
  const near = nearest(word, known);
  return new TestFault(`"${word}" is no ${what}${near === undefined ? "" : `; did you mean "${near}"?`}`, place);
}

/** A piece with `${name}` replaced by the row's values. A value that is nothing but `${name}` may become a list or mapping. */
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
      const whole = /^\$\{([^}]*)\}$/.exec(node.text);
      if (whole !== null) return value(whole[1]);
      const text = node.text.replace(/\$\{([^}]*)\}/g, (_all, name: string) => {
        const found = value(name);
        if (found.kind !== "scalar")
          throw new TestFault(
            `"${name}" is a ${found.kind}, which is no part of a text.`,
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
