/** A position in a file. Line and column count from 1; 0 for values without a file, such as from the command line. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A YAML tree of the configuration. Scalars remain text until a key parses them. */
export type Tree = Scalar | List | Mapping;

export interface Scalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly text: string;
}

export interface List {
  readonly kind: "list";
  readonly place: Place;
  readonly items: Tree[];
}

export interface Mapping {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: Map<string, Entry>;
}

export interface Entry {
  /** Position of the key. */
  readonly place: Place;
  value: Tree;
}

const NULLS = new Set(["", "~", "null", "Null", "NULL"]);

/** Whether a key has no value, as in `key:`, `key: ~` and `key: null`. */
export function isNull(tree: Tree): tree is Scalar {
  return tree.kind === "scalar" && NULLS.has(tree.text);
}

export function emptyMapping(place: Place): Mapping {
  return { kind: "map", place, entries: new Map() };
}

/** A configuration error at a position. The message is a sentence without the position. */
export class ConfigError extends Error {
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}
