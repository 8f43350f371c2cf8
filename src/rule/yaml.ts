/** YAML of rule files. Every scalar is text, and every node has its offsets in the file. */
export type YamlNode = YamlScalar | YamlSequence | YamlMapping;

export interface YamlScalar {
  readonly kind: "scalar";
  readonly text: string;
  readonly style: "plain" | "single" | "double" | "block";
  readonly start: number;
  readonly end: number;
}

export interface YamlSequence {
  readonly kind: "sequence";
  readonly items: readonly YamlNode[];
  readonly start: number;
}

export interface YamlMapping {
  readonly kind: "mapping";
  readonly entries: readonly YamlEntry[];
  readonly start: number;
}

export interface YamlEntry {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export interface YamlProblem {
  readonly message: string;
  readonly offset: number;
}

/** Documents of a file, or its errors. Empty documents are undefined. */
export type YamlFile =
  | { readonly documents: readonly (YamlNode | undefined)[] }
  | { readonly problems: readonly YamlProblem[] };

/** Plain scalars that represent a missing value: `key:`, `key: ~`, `key: null`. */
const NULLS = new Set(["", "~", "null", "Null", "NULL"]);

export function isNull(node: YamlNode): boolean {
  return node.kind === "scalar" && node.style === "plain" && NULLS.has(node.text);
}

/** The value of a key; the first value if the key is repeated. */
export function lookUp(mapping: YamlMapping, key: string): YamlNode | undefined {
  for (const entry of mapping.entries) if (entry.key.kind === "scalar" && entry.key.text === key) return entry.value;
  return undefined;
}
