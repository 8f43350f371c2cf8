import type { YamlScalar } from "./yaml.ts";
import {
  APOSTROPHE,
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_MAP,
  COLON,
  COMMA,
  DASH,
  HASH,
  isBlank,
  isFlowEnd,
  NEWLINE,
  NOT_PLAIN,
  OPEN_LIST,
  OPEN_MAP,
  QUOTE,
  SPACE,
  TAB,
} from "./yaml-plain-characters.ts";

/**
 * Characters that cannot start a plain scalar. A dash, question mark or colon can start one, unless a blank follows.
 */
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

/** Characters, lines and scalars of plain YAML, at a position that advances. */
export class PlainScalars {
  protected readonly text: string;
  protected readonly length: number;
  protected at = 0;
  /** Column of `at` if it is at the first visible character of a line; valid after `toContent`. */
  protected indent = -1;

  constructor(text: string) {
    this.text = text;
    this.length = text.length;
  }

  protected code(at: number): number {
    return at < this.length ? this.text.charCodeAt(at) : NEWLINE;
  }

  /** Whether the position is at a `---` line. */
  protected isMarker(): boolean {
    if (this.indent !== 0) return false;
    const { text, at } = this;
    if (text.startsWith("...", at) || text.startsWith("%", at)) throw NOT_PLAIN;
    return text.startsWith("---", at) && isBlank(this.code(at + 3));
  }

  /** Advances from the start (or end) of a line to the next visible character outside comments. */
  protected toContent(): void {
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
  protected endOfLine(): void {
    while (this.at < this.length && (this.code(this.at) === SPACE || this.code(this.at) === TAB)) this.at++;
    const c = this.code(this.at);
    if (c === NEWLINE) return;
    if (c !== HASH || !isBlank(this.code(this.at - 1))) throw NOT_PLAIN;
    const end = this.text.indexOf("\n", this.at);
    this.at = end === -1 ? this.length : end;
  }

  /** Whether a key with a colon starts here. */
  protected isKey(): boolean {
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

  protected refuseIndicator(): void {
    const c = this.code(this.at);
    if (INDICATORS.has(c)) throw NOT_PLAIN;
    if ((c === DASH || c === COLON || c === 0x3f) && isBlank(this.code(this.at + 1))) throw NOT_PLAIN;
  }

  protected blockScalar(parent: number, folded: boolean): YamlScalar {
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
        // A blank line at the start may have more spaces than the indentation of the next line.
        if (indent === -1 && lineEnd - at > Math.max(parent + 1, 0)) throw NOT_PLAIN;
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

  protected plain(parent: number): YamlScalar {
    this.refuseIndicator();
    const start = this.at;
    let end = this.plainLine();
    let text = this.text.slice(start, end);
    for (;;) {
      if (this.code(this.at) === HASH) {
        this.endOfLine();
        return this.plainScalar(text, start, end);
      }
      // whether the next visible line is a continuation
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

  protected quoted(key: boolean): YamlScalar {
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
          if (at === lineStart) this.refuseMarker(at);
        }
        text += breaks === 1 ? " " : "\n".repeat(breaks - 1);
        from = at;
      } else at++;
    }
    text += this.text.slice(from, at);
    this.at = at + 1;
    return { kind: "scalar", text, style: quote === QUOTE ? "double" : "single", start, end: this.at };
  }

  protected flowPlain(): YamlScalar {
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
        if (at === lineStart) this.refuseMarker(at);
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
   * Throws if a line of a flow collection or quoted scalar, from its first column, separates documents. Otherwise, the
   * indentation of these lines has no effect, as in Falco.
   */
  protected refuseMarker(at: number): void {
    const { text } = this;
    if ((text.startsWith("---", at) || text.startsWith("...", at)) && isBlank(this.code(at + 3))) throw NOT_PLAIN;
  }
}

/** Joins the lines of a block scalar, folded or literal, and keeps trailing newlines according to `chomp`. */
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
