import { ESCAPES, Lexer } from "../condition/lex.ts";
import { QueryError } from "./error.ts";

const NAME = /[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z0-9_]+)*/y;
const ARGUMENT = /[^\][\s"']+/y;
const SIGN = /!=|>=|<=|!~|==|=|~|>|</y;
/** Not the colon of a URL. */
const COLON = /:(?!\/\/)/y;
const WORD_OPERATOR =
  /(?:exists|b?contains|icontains|b?startswith|endswith|i?glob|regex|intersects|in|pmatch)(?=[\s()]|$)/y;

/**
 * Scans the tokens of a query. Each `take…` method advances past a token, and returns the token or true. If the token
 * does not match, it returns undefined or false and does not advance.
 */
export class Scanner {
  readonly text: string;
  private readonly lexer: Lexer;
  /** Number of parentheses that are open at the current position. */
  depth = 0;

  constructor(text: string) {
    this.text = text;
    this.lexer = new Lexer(text, "");
  }

  get at(): number {
    return this.lexer.at;
  }

  set at(offset: number) {
    this.lexer.at = offset;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The current character; empty at the end. */
  get next(): string {
    return this.text.charAt(this.at);
  }

  fail(message: string, from = this.at, to = this.text.length): never {
    throw new QueryError(message, from, to);
  }

  take(characters: string): boolean {
    return this.lexer.take(characters);
  }

  /**
   * Skips white space.
   * @returns whether there was any
   */
  blanks(): boolean {
    return this.match(/\s+/y) !== undefined;
  }

  private match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Consumes a keyword, such as `and` or `since`, ignoring case. */
  takeKeyword(word: string): boolean {
    return this.match(new RegExp(`${word}(?=[\\s()]|$)`, "iy")) !== undefined;
  }

  isKeyword(word: string): boolean {
    const start = this.at;
    const found = this.takeKeyword(word);
    this.at = start;
    return found;
  }

  /** Consumes a field name with its argument. */
  takeName(): string | undefined {
    const start = this.at;
    const name = this.match(NAME);
    if (name === undefined || this.next !== "[") return name;
    this.at++;
    const argument = this.atQuote ? this.quoted() : this.match(ARGUMENT);
    if (argument !== undefined && this.take("]")) return `${name}[${argument}]`;
    this.at = start;
    return undefined;
  }

  /** Consumes a symbolic operator. */
  takeSign(): string | undefined {
    return this.match(SIGN);
  }

  /** Consumes the colon in `name: value`. */
  takeColon(): string | undefined {
    return this.match(COLON);
  }

  /** Consumes an operator that is a word. */
  takeWordOperator(): string | undefined {
    return this.match(WORD_OPERATOR);
  }

  /** Consumes a transformer of the rule language and its opening parenthesis. */
  takeTransformer(): string | undefined {
    return this.lexer.takeTransformer();
  }

  /** Consumes `anyof`, `oneof` or `allof` if a list follows. */
  takeModifier(): string | undefined {
    return this.lexer.takeModifier();
  }

  /**
   * Consumes a quoted string and resolves its escapes. In an unknown escape, only the backslash is dropped.
   * @throws QueryError if the closing quote is missing
   */
  quoted(): string {
    const start = this.at;
    const quote = this.next;
    let value = "";
    for (let at = start + 1; at < this.text.length; at++) {
      const character = this.text.charAt(at);
      if (character === quote) {
        this.at = at + 1;
        return value;
      }
      const escaped = character === "\\" && at + 1 < this.text.length ? this.text.charAt(++at) : undefined;
      value += escaped === undefined ? character : escaped === quote ? quote : (ESCAPES[escaped] ?? escaped);
    }
    return this.fail(`Missing closing quote: ${this.text.slice(start)}`, start);
  }

  get atQuote(): boolean {
    return this.next === '"' || this.next === "'";
  }

  /**
   * Whether a quoted string starts at the current position. An apostrophe without a closing apostrophe is an ordinary
   * character.
   */
  get isQuoted(): boolean {
    return this.next === '"' || (this.next === "'" && this.text.indexOf("'", this.at + 1) > 0);
  }

  /**
   * Consumes all characters before a space, a character in `stops`, or the closing parenthesis of the current group.
   */
  plain(stops = ""): string {
    const start = this.at;
    let open = 0;
    for (; !this.atEnd && !/\s/.test(this.next) && !(stops !== "" && stops.includes(this.next)); this.at++) {
      if (this.next === "(") open++;
      else if (this.next === ")" && --open < 0 && this.depth > 0) break;
    }
    return this.text.slice(start, this.at);
  }
}
