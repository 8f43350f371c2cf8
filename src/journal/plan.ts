import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { type JournalAlert, plainValue } from "../alert/entry.ts";
import { findField } from "../field/catalogue.ts";
import { changesAlways, fieldAliases } from "../field/roles.ts";
import { parsePriority, priorities } from "../rule/rule.ts";
import { wordKinds } from "./columns.ts";
import { columnNamed } from "./decode.ts";
import { idRange } from "./id.ts";
import { outputWithoutFields } from "./message.ts";
import { type Condition, type Operator, QueryError } from "./query.ts";
import { BUCKET } from "./schema.ts";
import { facet, isPlainWord, priorityFacet, quoted, wordsIn } from "./search-text.ts";

/** How the alerts that a query asks for are found. */
export interface Plan {
  /** What full text search is asked; undefined: nothing. */
  readonly match: string | undefined;
  /** Conditions on columns of `alert a`, with their values. */
  readonly where: readonly string[];
  readonly values: readonly SQLInputValue[];
  /** What only a look at the alert tells. */
  readonly tests: readonly ((alert: JournalAlert) => boolean)[];
  /** True where no alert can match. */
  readonly empty: boolean;
}

type FieldCondition = Extract<Condition, { kind: "field" }>;

/**
 * Plans how to find alerts: by full text search, which also knows the words of the columns, as far as that goes.
 * @throws QueryError
 */
export function planQuery(db: DatabaseSync, conditions: readonly Condition[]): Plan {
  const planner = new Planner(db);
  for (const condition of conditions) planner.add(condition);
  return planner.plan();
}

/** Texts that a condition may stand for in full text search; with more, the tables are asked. */
const MOST_WORDS = 200;

class Planner {
  private readonly db: DatabaseSync;
  private readonly found: string[] = [];
  private readonly unwanted: string[] = [];
  private readonly where: string[] = [];
  private readonly values: SQLInputValue[] = [];
  private readonly tests: ((alert: JournalAlert) => boolean)[] = [];
  private since: bigint | undefined;
  private until: bigint | undefined;
  private empty = false;
  private sharedWords: readonly { readonly id: number; readonly words: readonly string[] }[] | undefined;

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  add(condition: Condition): void {
    if (condition.kind === "since") this.since = larger(this.since, condition.time);
    else if (condition.kind === "until") this.until = smaller(this.until, condition.time);
    else if (condition.kind === "words") this.words(condition);
    else if (condition.kind === "field") this.field(condition);
  }

  plan(): Plan {
    this.times();
    let match = this.found.length === 0 ? undefined : this.found.join(" AND ");
    for (const each of this.unwanted) {
      if (match !== undefined) match = `(${match}) NOT ${each}`;
      else this.require("a.seq NOT IN (SELECT rowid FROM search WHERE search MATCH ?)", each);
    }
    return { match, where: this.where, values: this.values, tests: this.tests, empty: this.empty };
  }

  private require(sql: string, ...values: readonly SQLInputValue[]): void {
    this.where.push(sql);
    this.values.push(...values);
  }

  /** Exact bounds, and which alerts can be within them at all. */
  private times(): void {
    const { since, until } = this;
    if (since !== undefined) this.require("a.time >= ?", since);
    if (until !== undefined) this.require("a.time <= ?", until);
    if (since === undefined && until === undefined) return;
    const span = this.db
      .prepare("SELECT min(first) f, max(last) l FROM span WHERE bucket BETWEEN ? AND ?")
      .get(since === undefined ? -(2n ** 62n) : since / BUCKET, until === undefined ? 2n ** 62n : until / BUCKET);
    if (span?.f === null || span?.f === undefined) this.empty = true;
    else this.require("a.seq BETWEEN ? AND ?", Number(span.f), Number(span.l));
  }

  /** Words that stand together in the rule's name, in the message or in a value. */
  private words({ text, prefix, not }: Extract<Condition, { kind: "words" }>): void {
    const words = wordsIn(text);
    const last = words.length - 1;
    const asked = words.map((word, i) => this.word(word, prefix && i === last));
    const exact = words.length === 1 && words.every(isPlainWord);
    if (!not) this.found.push(...asked.filter((each) => each !== undefined));
    else if (exact) this.unwanted.push(...asked.filter((each) => each !== undefined));
    if (exact) return;
    const holds = words.length === 0 ? hasText(text) : hasWords(words, prefix);
    this.tests.push((alert) => holds(alert) !== not);
  }

  /** What full text search is asked for a word: itself, or the rules and outputs that have it in them. */
  private word(word: string, prefix: boolean): string | undefined {
    if (!isPlainWord(word)) return undefined;
    const own = `${quoted(word)}${prefix ? " *" : ""}`;
    const shared = this.shared().filter(({ words }) =>
      prefix ? words.some((each) => each.startsWith(word)) : words.includes(word),
    );
    return anyOf([own, ...shared.map(({ id }) => quoted(facet(id)))]);
  }

  private shared(): readonly { readonly id: number; readonly words: readonly string[] }[] {
    this.sharedWords ??= this.db
      .prepare("SELECT id, kind, text FROM word WHERE kind IN ('rule', 'output')")
      .all()
      .map(({ id, kind, text }) => ({
        id: Number(id),
        words: wordsIn(kind === wordKinds.output ? outputWithoutFields(String(text)) : String(text)),
      }));
    return this.sharedWords;
  }

  private field(condition: FieldCondition): void {
    const name = fieldAliases[condition.name] ?? condition.name;
    const operator = condition.not ? OPPOSITE[condition.operator] : condition.operator;
    const asked = { ...condition, name, operator };
    const column = columnNamed(name);
    if (name === "priority") this.priority(asked);
    else if (name === "id") this.id(asked);
    else if (name === "tag" || name === "tags") this.tag(asked);
    else if (column !== undefined) this.column(column, asked);
    else if (name === "message" || name === "output" || name === "text") this.message(asked);
    else this.anyField(asked);
  }

  private priority({ operator, values }: FieldCondition): void {
    const numbers = values.map((value) => {
      const priority = parsePriority(value);
      if (priority === undefined)
        throw new QueryError(`"${value}" is no priority: ${priorities.join(", ").toLowerCase()} are`);
      return priorities.indexOf(priority);
    });
    // The more severe, the smaller the number.
    const holds = SEVERITY[operator];
    if (holds === undefined) throw new QueryError("priority takes =, !=, >=, >, <= and <");
    const all = priorities.map((_, i) => i);
    const wanted = all.filter((each) => holds(each, numbers));
    if (wanted.length === 0) this.empty = true;
    else if (wanted.length < all.length) this.found.push(anyOf(wanted.map(priorityFacet).map(quoted)));
  }

  private id({ operator, values }: FieldCondition): void {
    const range = idRange(values[0]);
    if (operator !== "=" || range === undefined) throw new QueryError("id takes =, and an id or its beginning");
    this.require("a.id BETWEEN ? AND ?", ...range);
  }

  private tag({ operator, values }: FieldCondition): void {
    const tags = this.textsLike(wordKinds.tag, operator, values);
    if (operator === "=" || operator === "~") this.facets(tags);
    else this.unwanted.push(...(tags.length === 0 ? [] : [anyOf(tags.map(facet).map(quoted))]));
  }

  private column(column: string, { operator, values }: FieldCondition): void {
    const words = this.textsLike(column, operator, values);
    if (operator === "=" || operator === "~") {
      if (words.length <= MOST_WORDS) this.facets(words);
      else this.require(`a."${column}" IN (${words.join(", ")})`);
    } else if (words.length > 0) this.require(`(a."${column}" IS NULL OR a."${column}" NOT IN (${words.join(", ")}))`);
  }

  private facets(words: readonly number[]): void {
    if (words.length === 0) this.empty = true;
    else this.found.push(anyOf(words.map(facet).map(quoted)));
  }

  /** The numbers of the texts that are one of `values`, or have one of them in them. */
  private textsLike(kind: string, operator: Operator, values: readonly string[]): number[] {
    if (operator !== "=" && operator !== "!=" && operator !== "~" && operator !== "!~")
      throw new QueryError(`${kind} takes =, !=, ~ (has in it) and !~`);
    const test =
      operator === "=" || operator === "!="
        ? ["text = ?", "text = ? COLLATE NOCASE"]
        : ["instr(lower(text), lower(?)) > 0"];
    const words: number[] = [];
    for (const value of values) {
      for (const each of test) {
        const found = this.db.prepare(`SELECT id FROM word WHERE kind = ? AND ${each}`).all(kind, value);
        words.push(...found.map(({ id }) => Number(id)));
        if (found.length > 0) break;
      }
    }
    return words;
  }

  private message({ operator, values }: FieldCondition): void {
    const test = comparison(operator, values);
    this.tests.push((alert) => test(alert.message));
  }

  private anyField({ name, operator, values }: FieldCondition): void {
    if (findField(name) === undefined && !this.isThere(name))
      throw new QueryError(`No alert in the journal has a field "${name}"; eyas fields lists what there is`);
    // The value is among the words of the alert, so full text search narrows the choice.
    const words = values.map((value) => wordsIn(value).filter(isPlainWord));
    if (operator === "=" && !changesAlways(name) && words.every(({ length }) => length > 0))
      this.found.push(anyOf(words.map((each) => `(${each.map(quoted).join(" AND ")})`)));
    const test = comparison(operator, values);
    this.tests.push((alert) => {
      const at = alert.names.indexOf(name);
      return test(at < 0 ? undefined : plainValue(alert.values[at]));
    });
  }

  private isThere(name: string): boolean {
    const shapes = this.db.prepare("SELECT text FROM word WHERE kind = ?").all(wordKinds.shape);
    return shapes.some(({ text }) => String(text).split("\n").includes(name));
  }
}

function anyOf(tokens: readonly string[]): string {
  return `(${tokens.join(" OR ")})`;
}

/** Whether an alert has a text in its message. */
function hasText(text: string): (alert: JournalAlert) => boolean {
  return ({ message }) => message.includes(text);
}

/** Whether an alert has words one after the other somewhere. */
function hasWords(words: readonly string[], prefix: boolean): (alert: JournalAlert) => boolean {
  const wanted = ` ${words.join(" ")}${prefix ? "" : " "}`;
  return ({ rule, message, values }) =>
    [rule, message, ...values.map((value) => plainValue(value) ?? "")].some((text) =>
      ` ${wordsIn(text).join(" ")} `.includes(wanted),
    );
}

const OPPOSITE: Readonly<Record<Operator, Operator>> = {
  "=": "!=",
  "!=": "=",
  "~": "!~",
  "!~": "~",
  ">": "<=",
  "<=": ">",
  "<": ">=",
  ">=": "<",
};

const SEVERITY: Readonly<Partial<Record<Operator, (each: number, wanted: readonly number[]) => boolean>>> = {
  "=": (each, wanted) => wanted.includes(each),
  "!=": (each, wanted) => !wanted.includes(each),
  ">=": (each, [wanted]) => each <= wanted,
  ">": (each, [wanted]) => each < wanted,
  "<=": (each, [wanted]) => each >= wanted,
  "<": (each, [wanted]) => each > wanted,
};

/** Whether a value, undefined where it is missing, is as a condition wants it. */
function comparison(operator: Operator, values: readonly string[]): (value: string | undefined) => boolean {
  switch (operator) {
    case "=":
      return (value) => value !== undefined && values.includes(value);
    case "!=":
      return (value) => value === undefined || !values.includes(value);
    case "~":
    case "!~": {
      const parts = values.map((value) => value.toLowerCase());
      const has = (value: string | undefined): boolean =>
        value !== undefined && parts.some((part) => value.toLowerCase().includes(part));
      return operator === "~" ? has : (value) => !has(value);
    }
    default: {
      const wanted = numberIn(values[0]);
      if (wanted === undefined) throw new QueryError(`${operator} compares numbers, and "${values[0]}" is none`);
      return (value) => {
        const number = value === undefined ? undefined : numberIn(value);
        if (number === undefined) return false;
        if (operator === ">") return number > wanted;
        if (operator === "<") return number < wanted;
        return operator === ">=" ? number >= wanted : number <= wanted;
      };
    }
  }
}

/** A number, exact where it is whole. */
function numberIn(text: string): number | bigint | undefined {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? undefined : number;
}

function larger(a: bigint | undefined, b: bigint): bigint {
  return a === undefined || b > a ? b : a;
}

function smaller(a: bigint | undefined, b: bigint): bigint {
  return a === undefined || b < a ? b : a;
}
