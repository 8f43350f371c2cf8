import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { ConfigError, type Entry, type Place, type Tree } from "../setting/tree.ts";

/**
 * Parses the first document of a YAML text. Scalars stay text, aliases are resolved.
 * @param file the file name of positions
 * @throws ConfigError at the first syntax error
 */
export function parseTree(text: string, file: string): Tree {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [error] = document.errors;
  if (error !== undefined) throw new ConfigError(sentence(error.message), at(error.pos[0]));
  return document.contents === null ? { kind: "map", place: at(0), entries: new Map() } : convert(document.contents, 0);

  function at(offset: number): Place {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  }

  function convert(node: Node, depth: number): Tree {
    const place = at(node.range?.[0] ?? 0);
    if (depth > 100) throw new ConfigError("Values are nested too deeply", place);
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) throw new ConfigError(`Unknown anchor "${node.source}"`, place);
      return convert(target, depth + 1);
    }
    if (isSeq<Node>(node)) return { kind: "list", place, items: node.items.map((item) => convert(item, depth + 1)) };
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, Entry>();
      for (const { key, value } of node.items) {
        const where = at(key.range?.[0] ?? 0);
        if (!isScalar(key)) throw new ConfigError("A key must be plain text", where);
        entries.set(String(key.value), {
          place: where,
          value: value === null ? { kind: "scalar", place: where, text: "" } : convert(value, depth + 1),
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
