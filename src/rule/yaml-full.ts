import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import { composeYaml } from "../yaml/compose.ts";
import { MAX_DEPTH, MAX_VALUES, tooDeep, YamlLimitError } from "../yaml/limits.ts";
import { limits } from "./limits.ts";
import { isNull, type YamlEntry, type YamlFile, type YamlNode, type YamlProblem, type YamlScalar } from "./yaml.ts";

/** Parses any YAML, including anchors, tags and directives, and reports errors. */
export function parseFullYaml(text: string): YamlFile {
  if (text.length > limits.unusualYaml) return { problems: [tooLarge] };
  const problems: YamlProblem[] = [];
  const documents: (YamlNode | undefined)[] = [];
  try {
    for (const document of composeYaml(text)) {
      for (const error of document.errors) problems.push({ message: error.message, offset: error.pos[0] });
      if (document.errors.length > 0) continue;
      documents.push(new Conversion(problems).root(document));
    }
  } catch (error) {
    if (!(error instanceof YamlLimitError)) throw error;
    problems.push(error);
  }
  return problems.length > 0 ? { problems } : { documents };
}

const tooLarge: YamlProblem = {
  message: `The file has anchors, tags, tabs or errors; such files can have at most ${limits.unusualYaml >> 20} MiB`,
  offset: 0,
};

/** Converts the nodes of a document. Nodes of aliases are shared. */
class Conversion {
  private readonly problems: YamlProblem[];
  private readonly seen = new Map<Node, YamlNode>();
  /** Number of values per node, with aliases expanded. */
  private readonly sizes = new Map<YamlNode, number>();
  /** Number of nesting levels per node, with aliases expanded. */
  private readonly depths = new Map<YamlNode, number>();
  private readonly open = new Set<Node>();
  /** The most recent node of each anchor. Nodes are visited in the order of the text. */
  private readonly anchors = new Map<string, Node>();

  constructor(problems: YamlProblem[]) {
    this.problems = problems;
  }

  root({ contents }: Document.Parsed): YamlNode | undefined {
    if (contents === null) return undefined;
    const root = this.convert(contents);
    if (this.sizeOf(root) > MAX_VALUES) {
      const message = `The aliases of the document expand to more than ${MAX_VALUES} values`;
      this.problems.push({ message, offset: root.start });
    }
    return isNull(root) ? undefined : root;
  }

  private convert(node: Node): YamlNode {
    const known = this.seen.get(node);
    if (known !== undefined) return known;
    if (this.open.has(node)) {
      const [start] = node.range ?? [0];
      this.problems.push({ message: "An alias refers to a node that contains it", offset: start });
      return emptyScalar(start);
    }
    if (!isAlias(node) && node.anchor) this.anchors.set(node.anchor, node);
    this.open.add(node);
    const made = this.convertOnce(node);
    this.open.delete(node);
    this.seen.set(node, made);
    this.measure(made);
    return made;
  }

  private sizeOf(node: YamlNode): number {
    return this.sizes.get(node) ?? 1;
  }

  /** Counts values and levels of a node after those of its members. */
  private measure(node: YamlNode): void {
    let size = 1;
    let depth = 0;
    for (const member of membersOf(node)) {
      size += this.sizeOf(member);
      depth = Math.max(depth, this.depths.get(member) ?? 0);
    }
    if (node.kind !== "scalar") depth++;
    if (depth > MAX_DEPTH) throw tooDeep(node.start);
    this.sizes.set(node, size);
    this.depths.set(node, depth);
  }

  private convertOnce(node: Node): YamlNode {
    const [start, end] = node.range ?? [0, 0];
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (target !== undefined) return this.convert(target);
      this.problems.push({ message: `Unknown anchor "${node.source}"`, offset: start });
      return emptyScalar(start);
    }
    if (isScalar(node)) return scalar(node, start, end);
    if (isSeq<Node>(node)) return { kind: "sequence", items: node.items.map((item) => this.convert(item)), start };
    if (isMap<Node, Node | null>(node)) {
      const entries = node.items.map(
        ({ key, value }): YamlEntry => ({
          key: this.convert(key),
          value: value === null ? emptyScalar(start) : this.convert(value),
        }),
      );
      return { kind: "mapping", entries, start };
    }
    return emptyScalar(start);
  }
}

function* membersOf(node: YamlNode): Iterable<YamlNode> {
  if (node.kind === "sequence") yield* node.items;
  if (node.kind !== "mapping") return;
  for (const { key, value } of node.entries) {
    yield key;
    yield value;
  }
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
