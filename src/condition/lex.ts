import type { ListOperator, Modifier, NumericOperator, Span, StringOperator } from "./ast.ts";
import { ConditionError } from "./error.ts";

const IDENTIFIER = /[a-zA-Z][a-zA-Z0-9_]*/y;
const FIELD_NAME = /[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)+/y;
const BARE_ARGUMENT = /[^\][\s"']+/y;
const NUMBER = /0[xX][0-9a-fA-F]+|[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?/y;
const BARE_TEXT = /[^()"'=,\t\n\v\f\r ]+/y;
const NOT = /not[\t\n\v\f\r ]+/y;
const BLANKS = /[ \t\b\r\n]*/y;

const NUMERIC_OPERATORS: readonly NumericOperator[] = ["<=", "<", ">=", ">"];
const SIGN_OPERATORS = [
  ["==", "="],
  ["=", "="],
  ["!=", "!="],
] as const;
/** Operators that must be followed by a space. */
const WORD_OPERATORS: readonly StringOperator[] = [
  "glob",
  "iglob",
  "contains",
  "icontains",
  "bcontains",
  "startswith",
  "bstartswith",
  "endswith",
  "regex",
];
/** `intersects` comes before `in`, since no space is required after these operators. */
const LIST_OPERATORS: readonly ListOperator[] = ["intersects", "in", "pmatch"];
export const MODIFIERS: readonly Modifier[] = ["oneof", "anyof", "allof"];

/** Transformers allowed on either side. */
export const TRANSFORMERS = ["tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt"] as const;

/** All operators, for messages and completion. */
export const OPERATORS: readonly string[] = [
  "exists",
  ...NUMERIC_OPERATORS,
  ...SIGN_OPERATORS.map(([written]) => written),
  ...WORD_OPERATORS,
  ...LIST_OPERATORS,
];

/** Escape sequences in quoted strings: the character after the backslash, and its meaning. */
export const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "\\": "\\",
  // An old Falco rule contains escaped spaces. An escaped space becomes a backslash.
  " ": "\\",
  "/": "/",
};

/**
 * Reads tokens of a condition. Token classes depend on the context, so the parser requests a class: each `take…` method
 * advances and returns the token, or returns undefined without advancing.
 */
export class Lexer {
  readonly text: string;
  readonly origin: string;
  at = 0;
  /** Start of the last token, for messages. */
  lastStart = 0;

  constructor(text: string, origin: string) {
    this.text = text;
    this.origin = origin;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The span from `start` to the current offset. */
  spanFrom(start: number): Span {
    return { origin: this.origin, start, end: this.at };
  }

  /** Throws an error about the text at the current offset. */
  fail(message: string, at = this.at): never {
    throw new ConditionError("syntax", message, { origin: this.origin, start: at, end: Math.max(at, this.at) });
  }

  /** Skips blanks. @returns whether there were any */
  blanks(): boolean {
    BLANKS.lastIndex = this.at;
    BLANKS.test(this.text);
    const moved = BLANKS.lastIndex > this.at;
    this.at = BLANKS.lastIndex;
    return moved;
  }

  /** Consumes these characters, regardless of the characters after them. */
  take(characters: string): boolean {
    if (!this.text.startsWith(characters, this.at)) return false;
    this.lastStart = this.at;
    this.at += characters.length;
    return true;
  }

  private match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text);
    if (found === null) return undefined;
    this.lastStart = this.at;
    this.at = expression.lastIndex;
    return found[0];
  }

  takeIdentifier(): string | undefined {
    return this.match(IDENTIFIER);
  }

  /** Consumes one of these names. */
  takeOneOf(names: ReadonlySet<string>): string | undefined {
    if (names.size === 0) return undefined;
    IDENTIFIER.lastIndex = this.at;
    const found = IDENTIFIER.exec(this.text)?.[0];
    return found !== undefined && names.has(found) ? this.match(IDENTIFIER) : undefined;
  }

  takeFieldName(): string | undefined {
    return this.match(FIELD_NAME);
  }

  takeBareArgument(): string | undefined {
    return this.match(BARE_ARGUMENT);
  }

  /** The text up to a blank or parenthesis, for messages; does not advance. */
  wordAhead(): string {
    return /^[^\s()]*/.exec(this.text.slice(this.at))?.[0] ?? "";
  }

  takeNumber(): string | undefined {
    return this.match(NUMBER);
  }

  takeBareText(): string | undefined {
    return this.match(BARE_TEXT);
  }

  /** Consumes `not` and the blanks after it. */
  takeNot(): boolean {
    return this.match(NOT) !== undefined;
  }

  /** Consumes the name of a transformer and the parenthesis after it. */
  takeTransformer(): string | undefined {
    return TRANSFORMERS.find((name) => this.take(`${name}(`));
  }

  takeNumericOperator(): NumericOperator | undefined {
    return NUMERIC_OPERATORS.find((operator) => this.take(operator));
  }

  /** Consumes a string operator. @returns the operator, and whether blanks followed it */
  takeStringOperator(): { operator: StringOperator; blank: boolean } | undefined {
    for (const [written, operator] of SIGN_OPERATORS) if (this.take(written)) return { operator, blank: this.blanks() };
    const operator = WORD_OPERATORS.find((word) => this.takeWord(word));
    return operator === undefined ? undefined : { operator, blank: true };
  }

  takeListOperator(): ListOperator | undefined {
    return LIST_OPERATORS.find((operator) => this.take(operator));
  }

  /** Consumes `anyof`, `allof` or `oneof`, but only before a list: without a list, `= anyof` compares with the word. */
  takeModifier(): Modifier | undefined {
    const { at, lastStart } = this;
    const modifier = MODIFIERS.find((word) => this.takeWord(word));
    if (modifier !== undefined && this.listFollows()) return modifier;
    this.at = at;
    this.lastStart = lastStart;
    return undefined;
  }

  private listFollows(): boolean {
    if (this.text[this.at] === "(") return true;
    IDENTIFIER.lastIndex = this.at;
    if (!IDENTIFIER.test(this.text)) return false;
    return !/^(?:and|or|not)(?![a-zA-Z0-9])/.test(this.text.slice(this.at, this.at + 4));
  }

  private takeWord(word: string): boolean {
    const { at, lastStart } = this;
    if (this.take(word) && this.blanks()) return true;
    this.at = at;
    this.lastStart = lastStart;
    return false;
  }

  /** Consumes a string in single or double quotes and unescapes it. Undefined if there is none or it is not closed. */
  takeQuoted(): string | undefined {
    const quote = this.text[this.at];
    if (quote !== '"' && quote !== "'") return undefined;
    const start = this.at;
    let end = start + 1;
    while (end < this.text.length && !(this.text[end] === quote && this.text[end - 1] !== "\\")) end++;
    if (end >= this.text.length) return undefined;
    const value = this.unescape(start, end, quote);
    this.lastStart = start;
    this.at = end + 1;
    return value;
  }

  private unescape(start: number, end: number, quote: string): string {
    const raw = this.text.slice(start + 1, end);
    if (!raw.includes("\\")) return raw;
    let value = "";
    for (let i = 0; i < raw.length; i++) {
      if (raw[i] !== "\\") {
        value += raw[i];
        continue;
      }
      i++;
      if (i >= raw.length) break;
      const meant = raw[i] === quote ? quote : ESCAPES[raw[i]!];
      if (meant === undefined) {
        this.fail(`"\\${raw[i]}" is not a valid escape sequence in a string quoted with ${quote}.`, start + i);
      }
      value += meant;
    }
    return value;
  }
}
