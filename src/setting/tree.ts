/** A position in a file. Line and column numbers start at 1; 0 for values without a file, such as from the command line. */
export interface FilePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A YAML tree of the configuration. Scalars remain text until a key parses them. */
export type Tree = Scalar | List | Mapping;

export interface Scalar {
  readonly kind: "scalar";
  readonly place: FilePosition;
  readonly text: string;
}

export interface List {
  readonly kind: "list";
  readonly place: FilePosition;
  readonly items: Tree[];
}

export interface Mapping {
  readonly kind: "map";
  readonly place: FilePosition;
  readonly entries: Map<string, Entry>;
}

export interface Entry {
  /** Position of the key. */
  readonly place: FilePosition;
  value: Tree;
}

const NULLS = new Set(["", "~", "null", "Null", "NULL"]);

/** Whether a key has no value: `key:`, `key: ~` or `key: null`. */
export function isNull(tree: Tree): tree is Scalar {
  return tree.kind === "scalar" && NULLS.has(tree.text);
}

export function emptyMapping(place: FilePosition): Mapping {
  return { kind: "map", place, entries: new Map() };
}

/** A configuration error at a position. The message is a sentence without the position. */
export class ConfigError extends Error {
  readonly place: FilePosition;

  constructor(message: string, place: FilePosition) {
    super(message);
    this.place = place;
  }
}
