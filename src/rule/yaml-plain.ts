import { MAX_DEPTH, TooDeepError } from "../yaml/limits.ts";
import {
  isNull,
  type YamlEntry,
  type YamlFile,
  type YamlMapping,
  type YamlNode,
  type YamlScalar,
  type YamlSequence,
} from "./yaml.ts";

/**
 * Parses the YAML of typical rule files: block and flow mappings and sequences, the five kinds of scalar, comments,
 * several documents. Undefined for everything else (anchors, tags, directives, tabs as indentation) and for anything
 * invalid: use the full parser then. It is some twenty times faster than that, which matters at every start.
 */
export function parsePlainYaml(text: string): YamlFile | undefined {
  const steps = parsePlainYamlInSteps(text);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** {@link parsePlainYaml} in steps of an item of the file. */
export function* parsePlainYamlInSteps(text: string): Generator<void, YamlFile | undefined> {
  if (/[\r\0\u0085\u2028\u2029\ufeff]/.test(text)) return undefined;
  try {
    return { documents: yield* new PlainYaml(text).documents() };
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    if (error instanceof TooDeepError) return { problems: [error] };
    throw error;
  }
}

const NOT_PLAIN = new Error("not plain YAML");

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 0x22;
const HASH = 0x23;
const APOSTROPHE = 0x27;
const COMMA = 0x2c;
const DASH = 0x2d;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const PIPE = 0x7c;
const GREATER = 0x3e;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

/** Characters that cannot start a plain scalar. A dash, question mark or colon can if no blank follows. */
const INDICATORS = new Set([...",[]{}#&*!|>'\"%@`"].map((c) => c.charCodeAt(0)));

const ESCAPES: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "0": "\0",
  '"': '"',
  "\\": "\\",
  "/": "/",
  " ": " ",
};

class PlainYaml {
  private readonly text: string;
  private readonly length: number;
  private at = 0;
  /** Column of `at` if it is at the first visible character of a line; valid after `toContent`. */
  private indent = -1;
  /** Number of open sequences and mappings. */
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    this.length = text.length;
  }

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

  private code(at: number): number {
    return at < this.length ? this.text.charCodeAt(at) : NEWLINE;
  }

  /** True at a `---` line. */
  private isMarker(): boolean {
    if (this.indent !== 0) return false;
    const { text, at } = this;
    if (text.startsWith("...", at) || text.startsWith("%", at)) throw NOT_PLAIN;
    return text.startsWith("---", at) && isBlank(this.code(at + 3));
  }

  /** Advances from the start (or end) of a line to the next visible character outside comments. */
  private toContent(): void {
    const { length } = this;
    let { at } = this;
    for (;;) {
      let start = at;
      if (at > 0 && this.code(at - 1) !== NEWLINE) {
        if (this.code(at) !== NEWLINE) throw NOT_PLAIN;
        start = ++at;
      }
      while (this.code(at) === SPACE && at < length) at++;
      if (at >= length) break;
      const c = this.text.charCodeAt(at);
      if (c === NEWLINE) {
        at++;
        continue;
      }
      if (c === TAB) throw NOT_PLAIN;
      if (c === HASH) {
        const end = this.text.indexOf("\n", at);
        at = end === -1 ? length : end + 1;
        continue;
      }
      this.at = at;
      this.indent = at - start;
      return;
    }
    this.at = length;
    this.indent = -1;
  }

  /** Advances over blanks and a comment to the end of the line; throws if there is anything else. */
  private endOfLine(): void {
    while (this.at < this.length && (this.code(this.at) === SPACE || this.code(this.at) === TAB)) this.at++;
    const c = this.code(this.at);
    if (c === NEWLINE) return;
    if (c !== HASH || !isBlank(this.code(this.at - 1))) throw NOT_PLAIN;
    const end = this.text.indexOf("\n", this.at);
    this.at = end === -1 ? this.length : end;
  }

  /** Parses the node at the first visible character of a line, which is indented more than `parent`. */
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

  /** True if a key with a colon starts here. */
  private isKey(): boolean {
    const { text } = this;
    let { at } = this;
    const first = this.code(at);
    if (first === QUOTE || first === APOSTROPHE) {
      at++;
      while (at < this.length && this.code(at) !== first) {
        const c = text.charCodeAt(at);
        if (c === NEWLINE) return false;
        if (c === BACKSLASH && first === QUOTE) at++;
        at++;
      }
      at++;
      while (this.code(at) === SPACE) at++;
      return this.code(at) === COLON && isBlank(this.code(at + 1));
    }
    if (first === OPEN_LIST || first === OPEN_MAP) return false;
    for (; at < this.length; at++) {
      const c = text.charCodeAt(at);
      if (c === NEWLINE) return false;
      if (c === HASH && at > this.at && isBlank(this.code(at - 1))) return false;
      if (c === COLON && isBlank(this.code(at + 1))) return true;
    }
    return false;
  }

  private deeper(): void {
    if (++this.depth > MAX_DEPTH) throw new TooDeepError(this.at);
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

  /** The sequence of a document, in steps of an item. */
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

  /** An item of a sequence, from its dash. */
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

  /** Advances to the next line; true if it is an item of the sequence. */
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

  /** Advances to the first visible character of the next line with one, unless a nested node already did. */
  private nextLine(): void {
    if (this.at >= this.length) {
      this.indent = -1;
      return;
    }
    if (this.isLineStart()) return;
    this.toContent();
  }

  /** True if `at` is the first visible character of its line. */
  private isLineStart(): boolean {
    let { at } = this;
    while (at > 0 && this.code(at - 1) === SPACE) at--;
    return (at === 0 || this.code(at - 1) === NEWLINE) && this.code(this.at) !== NEWLINE;
  }

  private key(): YamlScalar {
    const first = this.code(this.at);
    if (first === QUOTE || first === APOSTROPHE) {
      const key = this.quoted(-1, true);
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

  private refuseIndicator(): void {
    const c = this.code(this.at);
    if (INDICATORS.has(c)) throw NOT_PLAIN;
    if ((c === DASH || c === COLON || c === 0x3f) && isBlank(this.code(this.at + 1))) throw NOT_PLAIN;
  }

  /** @param parent column of the node that this is a value of: its lines are indented more */
  private scalarOrFlow(parent: number): YamlNode {
    const c = this.code(this.at);
    if (c === PIPE || c === GREATER) return this.blockScalar(parent, c === GREATER);
    let node: YamlNode;
    if (c === QUOTE || c === APOSTROPHE) node = this.quoted(parent, false);
    else if (c === OPEN_LIST || c === OPEN_MAP) node = this.flow(parent);
    else return this.plain(parent);
    this.endOfLine();
    return node;
  }

  private blockScalar(parent: number, folded: boolean): YamlScalar {
    if (parent < 0) throw NOT_PLAIN;
    const start = this.at++;
    const sign = this.text[this.at];
    const chomp = sign === "-" || sign === "+" ? sign : "";
    if (chomp !== "") this.at++;
    this.endOfLine();
    const lines: string[] = [];
    let indent = -1;
    let at = this.at + 1;
    let end = at;
    while (at < this.length) {
      let lineEnd = this.text.indexOf("\n", at);
      if (lineEnd === -1) lineEnd = this.length;
      let first = at;
      while (first < lineEnd && this.code(first) === SPACE) first++;
      if (first === lineEnd) {
        if (indent === -1 && lineEnd - at > Math.max(parent + 1, 0)) throw NOT_PLAIN; // may exceed the next line
        lines.push(indent !== -1 && lineEnd - at > indent ? this.text.slice(at + indent, lineEnd) : "");
      } else {
        const column = first - at;
        if (indent === -1) {
          if (column <= parent) break;
          if (this.code(first) === TAB) throw NOT_PLAIN;
          indent = column;
        } else if (column < indent) {
          if (column > parent) throw NOT_PLAIN;
          break;
        }
        lines.push(this.text.slice(at + indent, lineEnd));
        end = lineEnd;
      }
      at = lineEnd + 1;
    }
    this.at = Math.min(at, this.length);
    if (this.at < this.length) this.toContent();
    return { kind: "scalar", text: join(lines, folded, chomp), style: "block", start, end: Math.min(end, this.length) };
  }

  private plain(parent: number): YamlScalar {
    this.refuseIndicator();
    const start = this.at;
    let end = this.plainLine();
    let text = this.text.slice(start, end);
    for (;;) {
      if (this.code(this.at) === HASH) {
        this.endOfLine();
        return this.plainScalar(text, start, end);
      }
      // Whether the next visible line is a continuation.
      let breaks = 0;
      let at = this.at;
      let lineStart = at;
      while (this.code(at) === NEWLINE && at < this.length) {
        breaks++;
        lineStart = ++at;
        while (this.code(at) === SPACE && at < this.length) at++;
        if (this.code(at) === TAB) throw NOT_PLAIN;
      }
      if (at >= this.length || at - lineStart <= parent || this.code(at) === HASH)
        return this.plainScalar(text, start, end);
      this.at = at;
      this.indent = at - lineStart;
      if (this.isMarker() || this.isKey()) throw NOT_PLAIN;
      end = this.plainLine();
      text += (breaks === 1 ? " " : "\n".repeat(breaks - 1)) + this.text.slice(at, end);
    }
  }

  private plainScalar(text: string, start: number, end: number): YamlScalar {
    return { kind: "scalar", text, style: "plain", start, end };
  }

  /** Advances to the end of the line or a comment; returns the end of the visible text. */
  private plainLine(): number {
    let { at } = this;
    for (; this.code(at) !== NEWLINE; at++) {
      const c = this.text.charCodeAt(at);
      if (c === COLON && isBlank(this.code(at + 1))) throw NOT_PLAIN;
      if (c === HASH && at > this.at && isBlank(this.code(at - 1))) break;
    }
    let end = at;
    while (isBlank(this.code(end - 1))) end--;
    this.at = at;
    return end;
  }

  private quoted(parent: number, key: boolean): YamlScalar {
    const start = this.at;
    const quote = this.code(start);
    let text = "";
    let at = start + 1;
    let from = at;
    for (;;) {
      if (at >= this.length) throw NOT_PLAIN;
      const c = this.text.charCodeAt(at);
      if (c === quote) {
        if (quote === QUOTE || this.code(at + 1) !== APOSTROPHE) break;
        text += this.text.slice(from, at + 1);
        at += 2;
        from = at;
      } else if (c === BACKSLASH && quote === QUOTE) {
        text += this.text.slice(from, at);
        const sign = this.text[at + 1];
        if (sign === "u") {
          const hex = this.text.slice(at + 2, at + 6);
          if (!/^[\da-fA-F]{4}$/.test(hex)) throw NOT_PLAIN;
          text += String.fromCharCode(Number.parseInt(hex, 16));
          at += 6;
        } else {
          const plain = ESCAPES[sign ?? ""];
          if (plain === undefined) throw NOT_PLAIN;
          text += plain;
          at += 2;
        }
        from = at;
      } else if (c === NEWLINE) {
        if (key) throw NOT_PLAIN;
        let end = at;
        while (end > from && isBlank(this.code(end - 1))) end--;
        text += this.text.slice(from, end);
        let breaks = 0;
        while (at < this.length && this.code(at) === NEWLINE) {
          breaks++;
          const lineStart = ++at;
          while (at < this.length && (this.code(at) === SPACE || this.code(at) === TAB)) at++;
          if (this.code(at) !== NEWLINE && at - lineStart <= parent) throw NOT_PLAIN;
        }
        text += breaks === 1 ? " " : "\n".repeat(breaks - 1);
        from = at;
      } else at++;
    }
    text += this.text.slice(from, at);
    this.at = at + 1;
    return { kind: "scalar", text, style: quote === QUOTE ? "double" : "single", start, end: this.at };
  }

  /** Parses a `[…]` or `{…}`; `at` is on its opening bracket. */
  private flow(parent: number): YamlNode {
    this.deeper();
    const start = this.at;
    const list = this.code(start) === OPEN_LIST;
    const close = list ? CLOSE_LIST : CLOSE_MAP;
    const items: YamlNode[] = [];
    const entries: YamlEntry[] = [];
    this.at++;
    for (;;) {
      this.skipFlow(parent);
      if (this.code(this.at) === close) break;
      const node = this.flowNode(parent);
      this.skipFlow(parent);
      if (this.code(this.at) === COLON) {
        if (list) throw NOT_PLAIN;
        const colon = ++this.at;
        if (node.kind === "scalar" && node.style === "plain" && !isFlowEnd(this.code(colon))) throw NOT_PLAIN;
        this.skipFlow(parent);
        const c = this.code(this.at);
        entries.push({ key: node, value: c === COMMA || c === close ? empty(colon) : this.flowNode(parent) });
        this.skipFlow(parent);
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

  private flowNode(parent: number): YamlNode {
    const c = this.code(this.at);
    if (c === OPEN_LIST || c === OPEN_MAP) return this.flow(parent);
    if (c === QUOTE || c === APOSTROPHE) return this.quoted(parent, false);
    return this.flowPlain(parent);
  }

  private flowPlain(parent: number): YamlScalar {
    this.refuseIndicator();
    const first = this.code(this.at);
    if ((first === DASH || first === COLON || first === 0x3f) && isFlowEnd(this.code(this.at + 1))) throw NOT_PLAIN;
    const start = this.at;
    let text = "";
    let end = start;
    for (;;) {
      const from = this.at;
      let { at } = this;
      for (; this.code(at) !== NEWLINE; at++) {
        const c = this.text.charCodeAt(at);
        if (c === COMMA || c === CLOSE_LIST || c === CLOSE_MAP) break;
        if (c === OPEN_LIST || c === OPEN_MAP) throw NOT_PLAIN;
        if (c === COLON && isFlowEnd(this.code(at + 1))) break;
        if (c === HASH && isBlank(this.code(at - 1))) throw NOT_PLAIN;
      }
      end = at;
      while (end > from && isBlank(this.code(end - 1))) end--;
      text += this.text.slice(from, end);
      this.at = at;
      if (this.code(at) !== NEWLINE) break;
      if (at >= this.length) throw NOT_PLAIN;
      let breaks = 0;
      while (at < this.length && this.code(at) === NEWLINE) {
        breaks++;
        const lineStart = ++at;
        while (at < this.length && this.code(at) === SPACE) at++;
        if (this.code(at) === TAB) throw NOT_PLAIN;
        if (this.code(at) !== NEWLINE) this.refuseOutside(at, at - lineStart, parent);
      }
      this.at = at;
      const c = this.code(at);
      if (c === COMMA || c === CLOSE_LIST || c === CLOSE_MAP) break;
      if (c === HASH || c === COLON || at >= this.length) throw NOT_PLAIN;
      text += breaks === 1 ? " " : "\n".repeat(breaks - 1);
    }
    return { kind: "scalar", text, style: "plain", start, end };
  }

  /**
   * Throws unless a line of a flow is indented more than its parent; only the closing bracket may be directly below it.
   */
  private refuseOutside(at: number, column: number, parent: number): void {
    const c = this.code(at);
    if (column < parent || (column === parent && c !== CLOSE_LIST && c !== CLOSE_MAP)) throw NOT_PLAIN;
  }

  /** Advances over blanks, line ends and comments inside a flow. */
  private skipFlow(parent: number): void {
    for (;;) {
      const c = this.code(this.at);
      if (this.at >= this.length) throw NOT_PLAIN;
      if (c === SPACE || c === TAB) this.at++;
      else if (c === NEWLINE) {
        const lineStart = ++this.at;
        while (this.code(this.at) === SPACE && this.at < this.length) this.at++;
        const next = this.code(this.at);
        if (next === TAB) throw NOT_PLAIN;
        if (next !== NEWLINE && next !== HASH) this.refuseOutside(this.at, this.at - lineStart, parent);
      } else if (c === HASH && isBlank(this.code(this.at - 1))) {
        const end = this.text.indexOf("\n", this.at);
        if (end === -1) throw NOT_PLAIN;
        this.at = end;
      } else return;
    }
  }
}

function isBlank(c: number): boolean {
  return c === SPACE || c === NEWLINE || c === TAB;
}

/** Characters that end a key in a flow if they follow the colon. */
function isFlowEnd(c: number): boolean {
  return isBlank(c) || c === COMMA || c === CLOSE_LIST || c === CLOSE_MAP || c === OPEN_LIST || c === OPEN_MAP;
}

function empty(at: number): YamlScalar {
  return { kind: "scalar", text: "", style: "plain", start: at, end: at };
}

/** The lines of a block scalar, folded or literal, with the line ends that `chomp` keeps. */
function join(lines: string[], folded: boolean, chomp: string): string {
  let last = lines.length;
  while (last > 0 && lines[last - 1] === "") last--;
  const trailing = lines.length - last;
  const body = folded ? fold(lines.slice(0, last)) : lines.slice(0, last).join("\n");
  if (chomp === "-") return body;
  if (chomp === "+") return body + "\n".repeat(last > 0 ? trailing + 1 : trailing);
  return last > 0 ? `${body}\n` : "";
}

function fold(lines: readonly string[]): string {
  let text = "";
  let breaks = 0;
  let before: "none" | "text" | "indented" = "none";
  for (const line of lines) {
    if (line === "") {
      breaks++;
      continue;
    }
    const indented = line.startsWith(" ") || line.startsWith("\t");
    if (before === "none") text += "\n".repeat(breaks);
    else if (before === "indented" || indented) text += "\n".repeat(breaks + 1);
    else text += breaks === 0 ? " " : "\n".repeat(breaks);
    text += line;
    breaks = 0;
    before = indented ? "indented" : "text";
  }
  return text;
}
