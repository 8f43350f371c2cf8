import { isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments, type Scalar } from "yaml";
import { isNull, type YamlEntry, type YamlFile, type YamlNode, type YamlProblem, type YamlScalar } from "./yaml.ts";

/** Maximum number of values of a document, with aliases expanded: a few lines can expand to billions. */
const MOST_VALUES = 1_000_000;

/** Parses any YAML, including anchors, tags and directives, and reports errors. */
export function parseFullYaml(text: string): YamlFile {
  const parsed = parseAllDocuments(text, {
    schema: "failsafe",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const problems: YamlProblem[] = [];
  const documents: (YamlNode | undefined)[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const error of document.errors) problems.push({ message: error.message, offset: error.pos[0] });
    if (document.errors.length > 0) continue;
    const { contents } = document;
    const seen = new Map<Node, YamlNode>();
    const sizes = new Map<YamlNode, number>();
    const open = new Set<Node>();
    const root = contents === null ? undefined : convert(contents);
    if (root !== undefined && sizeOf(root) > MOST_VALUES)
      problems.push({
        message: `The aliases of the document expand to more than ${MOST_VALUES} values`,
        offset: root.start,
      });
    documents.push(root !== undefined && isNull(root) ? undefined : root);

    function convert(node: Node): YamlNode {
      const known = seen.get(node);
      if (known !== undefined) return known;
      if (open.has(node)) {
        const [start] = node.range ?? [0];
        problems.push({ message: "An alias refers to a node that contains it", offset: start });
        return emptyScalar(start);
      }
      open.add(node);
      const made = convertOnce(node);
      open.delete(node);
      seen.set(node, made);
      sizes.set(made, sumOf(made));
      return made;
    }

    function sizeOf(node: YamlNode): number {
      return sizes.get(node) ?? 1;
    }

    /** The number of values of a node whose members are counted. */
    function sumOf(node: YamlNode): number {
      if (node.kind === "scalar") return 1;
      const inside = node.kind === "sequence" ? node.items : node.entries.flatMap(({ key, value }) => [key, value]);
      return inside.reduce((sum, each) => sum + sizeOf(each), 1);
    }

    function convertOnce(node: Node): YamlNode {
      const [start, end] = node.range ?? [0, 0];
      if (isAlias(node)) {
        const target = node.resolve(document);
        if (target !== undefined) return convert(target);
        problems.push({ message: `Unknown anchor "${node.source}"`, offset: start });
        return emptyScalar(start);
      }
      if (isScalar(node)) return scalar(node, start, end);
      if (isSeq<Node>(node)) return { kind: "sequence", items: node.items.map(convert), start };
      if (isMap<Node, Node | null>(node)) {
        const entries = node.items.map(
          ({ key, value }): YamlEntry => ({
            key: convert(key),
            value: value === null ? emptyScalar(start) : convert(value),
          }),
        );
        return { kind: "mapping", entries, start };
      }
      return emptyScalar(start);
    }
  }
  return problems.length > 0 ? { problems } : { documents };
}

function scalar(node: Scalar, start: number, end: number): YamlScalar {
  const text = typeof node.value === "string" ? node.value : String(node.value ?? "");
  return { kind: "scalar", text, style: styles[node.type ?? "PLAIN"] ?? "plain", start, end };
}

const styles: Record<string, YamlScalar["style"]> = {
  PLAIN: "plain",
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_FOLDED: "block",
  BLOCK_LITERAL: "block",
};

function emptyScalar(at: number): YamlScalar {
  return { kind: "scalar", text: "", style: "plain", start: at, end: at };
}
