import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node } from "yaml";
import { ConfigError, type Entry, type FilePosition, type Tree } from "../setting/tree.ts";
import { composeYaml } from "../yaml/compose.ts";
import { MAX_DEPTH, YamlLimitError } from "../yaml/limits.ts";

/**
 * Maximum number of values in a configuration after aliases are expanded, since a few lines can expand to billions of
 * values.
 */
const MAX_VALUES = 20_000;

/**
 * Parses the first document in YAML text. Scalars remain strings, and aliases are resolved.
 * @param file the file name in positions
 * @throws ConfigError at the first syntax error, or if the document is nested too deeply or too large
 */
export function parseTree(text: string, file: string): Tree {
  const lines = new LineCounter();
  const [document] = compose();
  const [error] = document?.errors ?? [];
  if (error !== undefined) throw new ConfigError(sentence(error.message), at(error.pos[0]));
  const contents = document?.contents ?? null;
  /** The last visited node of each anchor. Nodes are visited in the order of the text. */
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  let values = 0;
  return contents === null ? { kind: "map", place: at(0), entries: new Map() } : convert(contents);

  function compose() {
    try {
      return composeYaml(text, lines);
    } catch (error) {
      throw error instanceof YamlLimitError ? new ConfigError(error.message, at(error.offset)) : error;
    }
  }

  function at(offset: number): FilePosition {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  }

  function convert(node: Node): Tree {
    const place = at(node.range?.[0] ?? 0);
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) throw new ConfigError(`Unknown anchor "${node.source}"`, place);
      if (open.has(target)) throw new ConfigError("An alias refers to a node that contains it", place);
      return convert(target);
    }
    if (++values > MAX_VALUES)
      throw new ConfigError(
        `The configuration exceeds the limit of ${MAX_VALUES} values, with aliases expanded`,
        place,
      );
    if (node.anchor) anchors.set(node.anchor, node);
    if (open.size >= MAX_DEPTH) throw new ConfigError("Values are nested too deeply", place);
    open.add(node);
    const tree = convertOnce(node, place);
    open.delete(node);
    return tree;
  }

  function convertOnce(node: Node, place: FilePosition): Tree {
    if (isSeq<Node>(node)) return { kind: "list", place, items: node.items.map(convert) };
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, Entry>();
      for (const { key, value } of node.items) {
        const where = at(key.range?.[0] ?? 0);
        if (!isScalar(key)) throw new ConfigError("A key must be plain text", where);
        const name = String(key.value);
        if (entries.has(name)) throw new ConfigError("Map keys must be unique", where);
        entries.set(name, {
          place: where,
          value: value === null ? { kind: "scalar", place: where, text: "" } : convert(value),
        });
      }
      return { kind: "map", place, entries };
    }
    return { kind: "scalar", place, text: isScalar(node) ? String(node.value ?? "") : "" };
  }
}

function sentence(message: string): string {
  const [first = ""] = message.split("\n");
  return first.replace(/ at line \d+, column \d+:?$/, "");
}
