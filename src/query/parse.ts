import { didYouMean } from "../condition/did-you-mean.ts";
import { MAX_NESTING } from "../condition/parse.ts";
import type { AlertQuery } from "./ast.ts";
import { bind, join, type Place } from "./bind.ts";
import { fullName, isKnownName, isPart, shortNames } from "./names.ts";
import { Scanner } from "./scan.ts";
import { type Source, sourceOf } from "./source.ts";
import { parseTime } from "./time.ts";
import { wordsTest } from "./words.ts";

export interface QueryOptions {
  /** Time from which relative times such as `2h` are computed, in milliseconds since the epoch. */
  readonly now?: number;
  /** Returns whether a field with this name can be compared. Default: any field. */
  readonly isField?: (name: string) => boolean;
}

/**
 * Parses a query over alerts; docs/queries.md describes the language.
 * @param texts a single text, or the arguments of a command
 */
export function parseQuery(texts: readonly string[], options: QueryOptions = {}): AlertQuery | undefined {
  return new Parser(sourceOf(texts), options).query();
}

/** A condition of a query, with its offsets in the text. */
export interface Conjunct extends Place {
  readonly query: AlertQuery;
}

/**
 * Parses the conditions of a query that must all match.
 * @returns undefined if the conditions are joined by `or`
 * @throws QueryError
 */
export function parseConjuncts(text: string): readonly Conjunct[] | undefined {
  const parser = new Parser(sourceOf([text]), {});
  return parser.query() === undefined ? [] : parser.conjuncts;
}

/** A value and its offsets in the query. */
interface Written extends Place {
  readonly value: string;
}

const LISTS: readonly string[] = ["in", "intersects", "pmatch"];

class Parser {
  private readonly scanner: Scanner;
  private readonly source: Source;
  private readonly now: number;
  private readonly isField: (name: string) => boolean;
  /** The conditions outside of parentheses; undefined if the conditions are joined by `or`. */
  conjuncts: Conjunct[] | undefined = [];

  constructor(source: Source, { now = Date.now(), isField = () => true }: QueryOptions) {
    this.source = source;
    this.scanner = new Scanner(source.text);
    this.now = now;
    this.isField = isField;
  }

  query(): AlertQuery | undefined {
    this.scanner.blanks();
    return this.scanner.atEnd ? undefined : this.either();
  }

  private either(): AlertQuery {
    const parts = [this.both()];
    while (this.scanner.takeKeyword("or")) {
      if (this.scanner.depth === 0) this.conjuncts = undefined;
      parts.push(this.both("or"));
    }
    return join("or", parts);
  }

  /** Parses a conjunction, with or without `and`. */
  private both(after?: string): AlertQuery {
    const { scanner } = this;
    const parts: AlertQuery[] = [];
    let last = after;
    for (;;) {
      scanner.blanks();
      const start = scanner.at;
      if (!this.isComparison && scanner.takeKeyword("and")) {
        last = scanner.text.slice(start, scanner.at);
        continue;
      }
      if (this.ends) break;
      const query = this.negation();
      parts.push(query);
      if (scanner.depth === 0) this.conjuncts?.push({ query, start, end: scanner.at });
      last = undefined;
    }
    if (last !== undefined || parts.length === 0) this.nothing(last);
    return join("and", parts);
  }

  private nothing(last: string | undefined): never {
    return this.scanner.fail(last === undefined ? "Expected a condition." : `Expected a condition after "${last}".`);
  }

  /** Whether the current conjunction ends at the current position. */
  private get ends(): boolean {
    const { scanner } = this;
    return scanner.atEnd || (scanner.depth > 0 && scanner.next === ")") || scanner.isKeyword("or");
  }

  private get isComparison(): boolean {
    return this.source.comparisons.has(this.scanner.at);
  }

  private negation(): AlertQuery {
    const { scanner } = this;
    let negated = false;
    while (!this.isComparison && scanner.takeKeyword("not")) {
      negated = !negated;
      scanner.blanks();
      if (this.ends) this.nothing("not");
    }
    const part = this.condition();
    return negated ? { kind: "not", part } : part;
  }

  private condition(): AlertQuery {
    const { scanner } = this;
    if (scanner.take("(")) return this.group();
    if (scanner.isQuoted) return wordsTest(scanner.quoted(), true);
    const start = scanner.at;
    if (scanner.takeTransformer() !== undefined)
      scanner.fail("Queries do not support transformers; compare a field.", start, scanner.at);
    const comparison = this.comparison();
    if (comparison !== undefined) return comparison;
    for (const kind of ["since", "until"] as const)
      if (scanner.takeKeyword(kind)) return { kind, time: this.time(kind) };
    return wordsTest(scanner.plain(), false);
  }

  private group(): AlertQuery {
    const { scanner } = this;
    if (++scanner.depth > MAX_NESTING) scanner.fail(`Parentheses are nested deeper than ${MAX_NESTING} levels.`);
    const query = this.either();
    if (!scanner.take(")")) scanner.fail('Expected ")".');
    scanner.depth--;
    return query;
  }

  /** Parses `2h`, `2026-07-30`, `2026-07-30 12:00` or `"…"`. */
  private time(kind: "since" | "until"): bigint {
    const { scanner } = this;
    scanner.blanks();
    const start = scanner.at;
    if (this.ends || this.isComparison)
      scanner.fail(`Expected a time after "${kind}", such as ${kind} 2h or ${kind} 2026-07-30T12:00.`);
    let text = scanner.isQuoted ? scanner.quoted() : scanner.plain();
    const { at } = scanner;
    if (/^\d{4}-\d\d-\d\d$/.test(text) && scanner.blanks() && /^\d\d:\d\d/.test(scanner.text.slice(scanner.at)))
      text += `T${scanner.plain()}`;
    else scanner.at = at;
    return this.timeIn(text, start);
  }

  private timeIn(text: string, start: number): bigint {
    try {
      return parseTime(text, this.now);
    } catch (error) {
      return this.scanner.fail(error instanceof Error ? error.message : String(error), start, this.scanner.at);
    }
  }

  /** Parses a comparison; undefined if free text follows. */
  private comparison(): AlertQuery | undefined {
    const { scanner } = this;
    const start = scanner.at;
    const end = this.source.comparisons.get(start);
    const name = scanner.takeName();
    const operator = name === undefined ? undefined : this.operator(name, start);
    if (name === undefined || operator === undefined) {
      scanner.at = start;
      return undefined;
    }
    const tight = /\S/.test(scanner.text.charAt(scanner.at - operator.length - 1));
    const found = this.values(operator, tight, end);
    const [values, places] = [found.map(({ value }) => value), found];
    if (name === "time" || name === "since" || name === "until") return this.bound(name, operator, found, start);
    if (operator === ":") return this.colon(name, found, start);
    return bind({ name, operator, values, places, start, end: scanner.at }, this.isField);
  }

  /** Converts `name: value`, as in other query languages; `*` in a value without quotes matches any characters. */
  private colon(name: string, found: readonly Written[], start: number): AlertQuery {
    const { text, at: end } = this.scanner;
    const isQuoted = ({ start }: Place): boolean => /["']/.test(text.charAt(start));
    const plain = fullName(name) === "output" ? "~" : "=";
    const operatorOf = (one: Written): string =>
      isQuoted(one) || !one.value.includes("*") ? plain : one.value === "*" ? "exists" : "glob";
    const parts = found.map((one) => {
      const operator = operatorOf(one);
      const [values, places] = operator === "exists" ? [[], []] : [[one.value], [one]];
      return bind({ name, operator, values, places, start, end }, this.isField);
    });
    return join("or", parts);
  }

  /** Parses the operator after a name. A space before the operator is allowed only after a known name. */
  private operator(name: string, start: number): string | undefined {
    const { scanner } = this;
    const isTime = name === "time" || name === "since" || name === "until";
    const known = isKnownName(name) || isTime;
    const hasColon = known && (isTime || isPart(fullName(name)) || this.isField(fullName(name)));
    const tight = scanner.takeSign() ?? (hasColon ? scanner.takeColon() : undefined);
    if (tight !== undefined) return tight;
    if (!scanner.blanks()) return undefined;
    const sign = scanner.takeSign() ?? (hasColon ? scanner.takeColon() : undefined);
    if (sign !== undefined) return known ? sign : this.misspelt(name, start);
    if (!known || isTime) return undefined;
    const operator = scanner.takeWordOperator();
    if (operator !== undefined) return LISTS.includes(operator) && !this.listFollows(name) ? undefined : operator;
    if (name.includes(".") && this.isField(name)) this.unknownOperator();
    return undefined;
  }

  /**
   * Reports a misspelled name. Names with fewer than five characters are ignored, because they resemble too many words.
   */
  private misspelt(name: string, start: number): undefined {
    const question = name.length < 5 ? "" : didYouMean(name, shortNames);
    if (question !== "") this.scanner.fail(`No alert has a field "${name}".${question}`, start, start + name.length);
  }

  private unknownOperator(): void {
    const { scanner } = this;
    const start = scanner.at;
    const word = scanner.plain();
    const question = didYouMean(word, ["contains", "startswith", "endswith", "exists", "intersects"]);
    if (word.length > 4 && question !== "") scanner.fail(`Expected an operator.${question}`, start, scanner.at);
  }

  private listFollows(name: string): boolean {
    const { scanner } = this;
    const { at } = scanner;
    scanner.blanks();
    const follows = scanner.next === "(" || ((name.includes(".") || isPart(name)) && /[a-zA-Z]/.test(scanner.next));
    scanner.at = at;
    return follows;
  }

  private values(operator: string, tight: boolean, end: number | undefined): readonly Written[] {
    const { scanner } = this;
    if (operator === "exists") return [];
    if (LISTS.includes(operator)) return this.list();
    if (!tight || operator === ":" || /\s/.test(scanner.next)) this.check(operator);
    const values: Written[] = [];
    do {
      if (values.length > 0 && end === undefined) scanner.blanks();
      values.push(this.placed(() => this.value(end)));
    } while (scanner.take(","));
    return values;
  }

  /** Throws an error unless a value follows. */
  private check(operator: string): void {
    const { scanner } = this;
    const before = scanner.at;
    scanner.blanks();
    const start = scanner.at;
    if (scanner.atEnd || (scanner.depth > 0 && scanner.next === ")"))
      scanner.fail(`Expected a value after "${operator}".`, before);
    if (scanner.next === "(") scanner.fail("A list of values requires the operator in, intersects or pmatch.");
    if (scanner.takeModifier() !== undefined)
      scanner.fail("Queries do not support oneof, anyof and allof.", start, scanner.at);
  }

  private value(end: number | undefined): string {
    const { scanner } = this;
    if (scanner.atQuote) return scanner.quoted();
    if (end === undefined) return scanner.plain(",");
    const comma = scanner.text.indexOf(",", scanner.at);
    const stop = comma < 0 || comma > end ? end : comma;
    const value = scanner.text.slice(scanner.at, stop);
    scanner.at = stop;
    return value.trim();
  }

  /** Parses `(a, "b c")`, or a single word. */
  private list(): readonly Written[] {
    const { scanner } = this;
    scanner.blanks();
    if (!scanner.take("(")) return [this.placed(() => scanner.plain())];
    const values: Written[] = [];
    scanner.blanks();
    if (scanner.take(")")) return values;
    do {
      scanner.blanks();
      const start = scanner.at;
      values.push(this.placed(() => (scanner.atQuote ? scanner.quoted() : scanner.plain("()\"'=,"))));
      if (scanner.at === start) scanner.fail("Expected a value.");
      scanner.blanks();
    } while (scanner.take(","));
    if (!scanner.take(")")) scanner.fail('Expected "," or ")" at the end of the list.');
    return values;
  }

  private placed(take: () => string): Written {
    const start = this.scanner.at;
    const value = take();
    return { value, start, end: this.scanner.at };
  }

  /** Parses `since=2h`, `until=…` or `time>=…`. */
  private bound(name: string, operator: string, values: readonly Written[], start: number): AlertQuery {
    const kind =
      name === "time"
        ? BOUNDS[operator]
        : (operator === "=" || operator === ":") && (name === "since" || name === "until")
          ? name
          : undefined;
    const [{ value: text, start: at } = { value: "", start }] = values;
    if (kind === undefined)
      return this.scanner.fail(
        "Invalid comparison of a time; write time>=2026-07-30T12:00, since 2h or until 2026-07-30.",
        start,
        this.scanner.at,
      );
    return { kind, time: this.timeIn(text, at) };
  }
}

const BOUNDS: Readonly<Record<string, "since" | "until">> = {
  ">": "since",
  ">=": "since",
  "<": "until",
  "<=": "until",
};
