import { MAX_DEPTH, tooDeep, YamlLimitError } from "../yaml/limits.ts";
import {
  isNull,
  type YamlEntry,
  type YamlFile,
  type YamlMapping,
  type YamlNode,
  type YamlScalar,
  type YamlSequence,
} from "./yaml.ts";
import {
  APOSTROPHE,
  CLOSE_LIST,
  CLOSE_MAP,
  COLON,
  COMMA,
  DASH,
  GREATER,
  HASH,
  isBlank,
  isFlowEnd,
  NEWLINE,
  NOT_PLAIN,
  OPEN_LIST,
  OPEN_MAP,
  PIPE,
  QUOTE,
  SPACE,
  TAB,
} from "./yaml-plain-characters.ts";
import { PlainScalars } from "./yaml-plain-scalars.ts";

/**
 * Parses the YAML of typical rule files: block and flow mappings and sequences, the five kinds of scalars, comments,
 * and several documents. Undefined for other YAML (anchors, tags, directives, tabs as indentation) and for invalid
 * text, which require the full parser. About twenty times faster than the full parser, which matters at every start.
 */
export function parsePlainYaml(text: string): YamlFile | undefined {
  const steps = parsePlainYamlInSteps(text);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Like {@link parsePlainYaml}, in steps of one item of the file. */
export function* parsePlainYamlInSteps(text: string): Generator<void, YamlFile | undefined> {
  if (/[\r\0\u0085\u2028\u2029\ufeff]/.test(text)) return undefined;
  try {
    return { documents: yield* new PlainYaml(text).documents() };
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    if (error instanceof YamlLimitError) return { problems: [error] };
    throw error;
  }
}

class PlainYaml extends PlainScalars {
  /** Number of open sequences and mappings. */
  private depth = 0;

  *documents(): Generator<void, (YamlNode | undefined)[]> {
    const documents: (YamlNode | undefined)[] = [];
    this.toContent();
    if (this.at >= this.length) return documents;
    if (!this.isMarker()) documents.push(yield* this.document());
    while (this.at < this.length) {
      if (!this.isMarker()) throw NOT_PLAIN;
      this.at += 3;
      this.endOfLine();
      this.toContent();
      documents.push(this.at >= this.length || this.isMarker() ? undefined : yield* this.document());
    }
    return documents;
  }

  private *document(): Generator<void, YamlNode | undefined> {
    if (this.isDash()) return yield* this.items(this.indent);
    const root = this.block(-1);
    return isNull(root) ? undefined : root;
  }

  /** Parses the node at the first visible character of a line that is indented more than `parent`. */
  private block(parent: number): YamlNode {
    return this.blockAt(this.indent, parent);
  }

  /** @param column column of `at` */
  private blockAt(column: number, parent: number): YamlNode {
    if (this.isDash()) return this.sequence(column);
    if (this.isKey()) return this.mapping(column);
    return this.scalarOrFlow(parent);
  }

  private isDash(): boolean {
    return this.code(this.at) === DASH && isBlank(this.code(this.at + 1));
  }

  private deeper(): void {
    if (++this.depth > MAX_DEPTH) throw tooDeep(this.at);
  }

  private sequence(column: number): YamlSequence {
    const start = this.at;
    this.deeper();
    const items: YamlNode[] = [];
    do items.push(this.item(column));
    while (this.isItemNext(column));
    this.depth--;
    return { kind: "sequence", items, start };
  }

  /** Parses the sequence of a document, one item per step. */
  private *items(column: number): Generator<void, YamlSequence> {
    const start = this.at;
    this.deeper();
    const items: YamlNode[] = [];
    do {
      items.push(this.item(column));
      yield;
    } while (this.isItemNext(column));
    this.depth--;
    return { kind: "sequence", items, start };
  }

  /** Parses an item of a sequence, from its dash. */
  private item(column: number): YamlNode {
    const dash = this.at;
    this.at++;
    while (this.code(this.at) === SPACE) this.at++;
    const c = this.code(this.at);
    if (c === TAB) throw NOT_PLAIN;
    if (c !== NEWLINE && c !== HASH) return this.blockAt(column + this.at - dash, column);
    this.endOfLine();
    this.toContent();
    return this.indent > column ? this.block(column) : empty(dash + 1);
  }

  /** Advances to the next line. @returns whether it is an item of the sequence */
  private isItemNext(column: number): boolean {
    this.nextLine();
    if (this.indent > column) throw NOT_PLAIN;
    return this.indent === column && this.isDash() && !this.isMarker();
  }

  private mapping(column: number): YamlMapping {
    const start = this.at;
    this.deeper();
    const entries: YamlEntry[] = [];
    for (;;) {
      const key = this.key();
      // skips the colon
      this.at++;
      entries.push({ key, value: this.valueOfKey(column) });
      this.nextLine();
      if (this.indent < column) break;
      if (this.indent > column) throw NOT_PLAIN;
      if (this.isMarker()) break;
      if (this.isDash()) break;
      if (!this.isKey()) throw NOT_PLAIN;
    }
    this.depth--;
    return { kind: "mapping", entries, start };
  }

  /** Advances to the next visible character on a later line, unless a nested node has already advanced to it. */
  private nextLine(): void {
    if (this.at >= this.length) {
      this.indent = -1;
      return;
    }
    if (this.isLineStart()) return;
    this.toContent();
  }

  /** Whether `at` is the first visible character of its line. */
  private isLineStart(): boolean {
    let { at } = this;
    while (at > 0 && this.code(at - 1) === SPACE) at--;
    return (at === 0 || this.code(at - 1) === NEWLINE) && this.code(this.at) !== NEWLINE;
  }

  private key(): YamlScalar {
    const first = this.code(this.at);
    if (first === QUOTE || first === APOSTROPHE) {
      const key = this.quoted(true);
      while (this.code(this.at) === SPACE) this.at++;
      return key;
    }
    this.refuseIndicator();
    const start = this.at;
    let { at } = this;
    while (this.code(at) !== COLON || !isBlank(this.code(at + 1))) at++;
    let end = at;
    while (end > start && isBlank(this.code(end - 1))) end--;
    const text = this.text.slice(start, end);
    if (text === "<<" || text === "") throw NOT_PLAIN;
    this.at = at;
    return { kind: "scalar", text, style: "plain", start, end };
  }

  private valueOfKey(column: number): YamlNode {
    const colon = this.at;
    while (this.code(this.at) === SPACE) this.at++;
    const c = this.code(this.at);
    if (c === TAB) throw NOT_PLAIN;
    if (c !== NEWLINE && !(c === HASH && this.at > colon)) return this.scalarOrFlow(column);
    this.endOfLine();
    this.toContent();
    if (this.indent > column) return this.block(column);
    if (this.indent === column && this.isDash() && !this.isMarker()) return this.sequence(column);
    return empty(colon);
  }

  /**
   * @param parent column of the node that contains the value; the lines of a block or plain scalar are indented more
   */
  private scalarOrFlow(parent: number): YamlNode {
    const c = this.code(this.at);
    if (c === PIPE || c === GREATER) return this.blockScalar(parent, c === GREATER);
    let node: YamlNode;
    if (c === QUOTE || c === APOSTROPHE) node = this.quoted(false);
    else if (c === OPEN_LIST || c === OPEN_MAP) node = this.flow();
    else return this.plain(parent);
    this.endOfLine();
    return node;
  }

  /** Parses a `[…]` or `{…}`; `at` is on its opening bracket. */
  private flow(): YamlNode {
    this.deeper();
    const start = this.at;
    const list = this.code(start) === OPEN_LIST;
    const close = list ? CLOSE_LIST : CLOSE_MAP;
    const items: YamlNode[] = [];
    const entries: YamlEntry[] = [];
    this.at++;
    for (;;) {
      this.skipFlow();
      if (this.code(this.at) === close) break;
      const node = this.flowNode();
      this.skipFlow();
      if (this.code(this.at) === COLON) {
        if (list) throw NOT_PLAIN;
        const colon = ++this.at;
        if (node.kind === "scalar" && node.style === "plain" && !isFlowEnd(this.code(colon))) throw NOT_PLAIN;
        this.skipFlow();
        const c = this.code(this.at);
        entries.push({ key: node, value: c === COMMA || c === close ? empty(colon) : this.flowNode() });
        this.skipFlow();
      } else if (list) items.push(node);
      else entries.push({ key: node, value: empty(this.at) });
      const c = this.code(this.at);
      if (c === close) break;
      if (c !== COMMA) throw NOT_PLAIN;
      this.at++;
    }
    this.at++;
    this.depth--;
    return list ? { kind: "sequence", items, start } : { kind: "mapping", entries, start };
  }

  private flowNode(): YamlNode {
    const c = this.code(this.at);
    if (c === OPEN_LIST || c === OPEN_MAP) return this.flow();
    if (c === QUOTE || c === APOSTROPHE) return this.quoted(false);
    return this.flowPlain();
  }

  /** Advances over blanks, newlines and comments inside a flow collection. */
  private skipFlow(): void {
    for (;;) {
      const c = this.code(this.at);
      if (this.at >= this.length) throw NOT_PLAIN;
      if (c === SPACE || c === TAB) this.at++;
      else if (c === NEWLINE) {
        const lineStart = ++this.at;
        while (this.code(this.at) === SPACE && this.at < this.length) this.at++;
        const next = this.code(this.at);
        if (next === TAB) throw NOT_PLAIN;
        if (this.at === lineStart) this.refuseMarker(this.at);
      } else if (c === HASH && isBlank(this.code(this.at - 1))) {
        const end = this.text.indexOf("\n", this.at);
        if (end === -1) throw NOT_PLAIN;
        this.at = end;
      } else return;
    }
  }
}

function empty(at: number): YamlScalar {
  return { kind: "scalar", text: "", style: "plain", start: at, end: at };
}
