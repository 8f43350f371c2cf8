import { TemplateError } from "./error.ts";

/** A token of a template. `space`: whether white space precedes it. */
export interface Token {
  readonly kind: "text" | "open" | "close" | "field" | "dot" | "variable" | "word" | "string" | "number" | "sign";
  readonly text: string;
  readonly offset: number;
  readonly space: boolean;
}

const SPACE = /\s*/y;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)/y;
const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const COMMENT = /\/\*(?:(?!\*\/)[\s\S])*\*\/(\s+-)?\}\}/y;

/** Splits a template into tokens and trims white space at `{{-` and `-}}`. */
export function lex(template: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trim = false;
  while (at < template.length) {
    const open = template.indexOf("{{", at);
    const end = open < 0 ? template.length : open;
    const trimsBefore = open >= 0 && /^-\s/.test(template.slice(open + 2, open + 4));
    let text = template.slice(at, end);
    if (trim) text = text.trimStart();
    if (trimsBefore) text = text.trimEnd();
    if (text !== "") tokens.push({ kind: "text", text, offset: at, space: false });
    if (open < 0) break;
    const inside = trimsBefore ? skip(template, open + 3) : open + 2;
    const comment = match(COMMENT, template, inside);
    if (comment === undefined) {
      tokens.push({ kind: "open", text: "{{", offset: open, space: false });
      ({ at, trim } = lexAction(template, inside, open, tokens));
    } else {
      at = inside + comment.length;
      trim = /\s-\}\}$/.test(comment);
    }
  }
  return tokens;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function skip(text: string, at: number): number {
  return at + (match(SPACE, text, at)?.length ?? 0);
}

/** Reads the tokens of an action, from the position after `{{` to the position after `}}`. */
function lexAction(template: string, from: number, open: number, tokens: Token[]): { at: number; trim: boolean } {
  let at = from;
  for (;;) {
    const start = at;
    at = skip(template, at);
    const space = at > start;
    if (at >= template.length) throw new TemplateError("{{ is not closed", open);
    const trims = space && template.startsWith("-}}", at);
    if (trims || template.startsWith("}}", at)) {
      tokens.push({ kind: "close", text: "}}", offset: at, space });
      return { at: at + (trims ? 3 : 2), trim: trims };
    }
    const token = lexToken(template, at, space);
    tokens.push(token);
    at = "\"`'".includes(template[at] ?? " ") ? endOfString(template, at) : at + lengthOf(token);
  }
}

function lengthOf({ kind, text }: Token): number {
  return kind === "field" ? text.length + 1 : text.length;
}

function lexToken(template: string, offset: number, space: boolean): Token {
  const make = (kind: Token["kind"], text: string): Token => ({ kind, text, offset, space });
  const char = template[offset] ?? "";
  if (char === '"' || char === "`" || char === "'") {
    const end = endOfString(template, offset);
    const text = unquote(template.slice(offset, end), offset);
    return char === "'" ? make("number", String(text.codePointAt(0) ?? 0)) : make("string", text);
  }
  if (char === "$") return make("variable", `$${match(NAME, template, offset + 1) ?? ""}`);
  if (char === ".") {
    const name = match(NAME, template, offset + 1);
    if (name !== undefined) return make("field", name);
    if (!/\d/.test(template[offset + 1] ?? "")) return make("dot", ".");
  }
  const name = match(NAME, template, offset);
  if (name !== undefined) return make("word", name);
  const number = match(NUMBER, template, offset);
  if (number !== undefined) return make("number", number);
  if (template.startsWith(":=", offset)) return make("sign", ":=");
  if ("()|=,".includes(char)) return make("sign", char);
  throw new TemplateError(`unexpected ${JSON.stringify(char)}`, offset);
}

function endOfString(template: string, offset: number): number {
  const quote = template[offset];
  for (let at = offset + 1; at < template.length; at++) {
    if (template[at] === quote) return at + 1;
    if (quote === "`") continue;
    if (template[at] === "\\") at++;
    if (template[at] === "\n") break;
  }
  throw new TemplateError("a quote is not closed", offset);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** Unquotes a string literal. */
function unquote(literal: string, offset: number): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith("`")) return inner;
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/g,
    (_, x?: string, u?: string, long?: string, octal?: string, plain?: string) => {
      const code = Number.parseInt(x ?? u ?? long ?? "", 16);
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (plain === undefined && code <= 0x10ffff) return String.fromCodePoint(code);
      const known = ESCAPES[plain ?? ""];
      if (known === undefined) throw new TemplateError(`unknown escape \\${plain ?? "U"} in a string`, offset);
      return known;
    },
  );
}
