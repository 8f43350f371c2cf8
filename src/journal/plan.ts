import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { AlertQuery, FieldTest, WordsTest } from "../query/ast.ts";
import { conjunctsOf, partsOf } from "../query/conjuncts.ts";
import { type AlertTest, alertTest, hasWords } from "../query/match.ts";
import { isPart } from "../query/names.ts";
import { valueTest, wantedPriorities } from "../query/value.ts";
import { priorities } from "../rule/rule.ts";
import { wordKinds } from "./columns.ts";
import { columnNamed } from "./decode.ts";
import { anyOf, type FullText, isExact, openFullText } from "./full-text.ts";
import { idRange } from "./id.ts";
import { BUCKET } from "./schema.ts";
import { facet, priorityFacet, quoted } from "./search-text.ts";
import { corrected } from "./spelling.ts";

/** The execution plan of a query for alerts. */
export interface Plan {
  /** The FTS5 query; undefined if full-text search is not used. */
  readonly match: string | undefined;
  /** Conditions on columns of `alert a`. */
  readonly where: readonly string[];
  /** Values for the placeholders of the conditions. */
  readonly values: readonly SQLInputValue[];
  /** Tests on decoded alerts. */
  readonly tests: readonly AlertTest[];
  /** True if it is already known that the query matches no alert. */
  readonly empty: boolean;
}

/**
 * Plans a query. Uses full-text search where possible, since the full-text index also contains the values of columns.
 * @param query undefined to select every alert
 */
export function planQuery(db: DatabaseSync, query: AlertQuery | undefined): Plan {
  const { since, until, words, condition } = conjunctsOf(query && corrected(db, query));
  const planner = new Planner(db);
  planner.times(since, until);
  for (const test of words) planner.words(test);
  for (const part of partsOf(condition)) planner.condition(part);
  return planner.plan();
}

/**
 * Maximum number of words to which a condition is expanded in full-text search. With more words, the query compares
 * columns or decoded alerts instead.
 */
const MAX_WORDS = 200;

class Planner {
  private readonly db: DatabaseSync;
  private readonly fullText: FullText;
  private readonly found: string[] = [];
  private readonly unwanted: string[] = [];
  private readonly where: string[] = [];
  private readonly values: SQLInputValue[] = [];
  private readonly tests: AlertTest[] = [];
  private empty = false;

  constructor(db: DatabaseSync) {
    this.db = db;
    this.fullText = openFullText(db);
  }

  plan(): Plan {
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

  /**
   * Adds time bounds with microsecond precision, and approximate bounds of sequence numbers, which speed up the query.
   */
  times(since: bigint | undefined, until: bigint | undefined): void {
    if (since !== undefined) this.require("a.time >= ?", since - (since % 1000n));
    if (until !== undefined) this.require("a.time <= ?", until - (until % 1000n) + 999n);
    if (since === undefined && until === undefined) return;
    const span = this.db
      .prepare("SELECT min(first) f, max(last) l FROM span WHERE bucket BETWEEN ? AND ?")
      .get(since === undefined ? -(2n ** 62n) : since / BUCKET, until === undefined ? 2n ** 62n : until / BUCKET);
    if (span?.f === null || span?.f === undefined) this.empty = true;
    else this.require("a.seq BETWEEN ? AND ?", Number(span.f), Number(span.l));
  }

  words(test: WordsTest): void {
    this.found.push(...this.fullText.words(test));
    if (!isExact(test)) this.tests.push(hasWords(test));
  }

  condition(query: AlertQuery): void {
    const negated = query.kind === "not";
    const part = negated ? query.part : query;
    if (part.kind === "test") this.field(part, negated);
    else if (negated && part.kind === "words" && isExact(part)) this.unwanted.push(...this.fullText.words(part));
    else {
      const narrowing = this.fullText.query(query);
      if (narrowing !== undefined) this.found.push(narrowing.match);
      this.test(query);
    }
  }

  private test(query: AlertQuery): void {
    this.tests.push(alertTest(query, (words) => this.fullText.test(words)));
  }

  private field(written: FieldTest, not: boolean): void {
    const unequal = written.operator === "!=";
    const test: FieldTest = unequal ? { ...written, operator: "=" } : written;
    const negated = not !== unequal;
    const column = columnNamed(test.name);
    if (test.name === "priority") this.priority(test, negated);
    else if (test.name === "tags") this.tags(test, negated);
    else if (column !== undefined) this.column(column, test, negated);
    else {
      if (test.name === "id" && !negated) this.id(test);
      const narrowing = negated ? undefined : this.fullText.query(test);
      if (narrowing !== undefined) this.found.push(narrowing.match);
      this.test(negated ? { kind: "not", part: test } : test);
    }
  }

  private priority(test: FieldTest, negated: boolean): void {
    const matching = wantedPriorities(test);
    const numbers = priorities.flatMap((_, i) => (matching[i] !== negated ? [i] : []));
    if (numbers.length === 0) this.empty = true;
    else if (numbers.length < priorities.length) this.found.push(anyOf(numbers.map(priorityFacet).map(quoted)));
  }

  /** Adds a condition for a complete ID or a prefix of an ID. */
  private id({ operator, values }: FieldTest): void {
    const [value = ""] = values;
    const range = operator === "=" || operator === "startswith" ? idRange(value) : undefined;
    if (range !== undefined) this.require("a.id BETWEEN ? AND ?", ...range);
  }

  private tags(test: FieldTest, negated: boolean): void {
    const ids = this.texts(wordKinds.tag, test);
    if (ids.length > MAX_WORDS) this.test(negated ? { kind: "not", part: test } : test);
    else if (!negated) this.facets(ids);
    else if (ids.length > 0) this.unwanted.push(anyOf(ids.map(facet).map(quoted)));
  }

  private column(column: string, test: FieldTest, negated: boolean): void {
    if (test.operator === "exists") {
      if (!isPart(test.name)) this.require(`a."${column}" IS ${negated ? "" : "NOT "}NULL`);
      else if (negated) this.empty = true;
      return;
    }
    const lists = this.lists(column);
    if (lists.length > 0) this.test(negated ? { kind: "not", part: test } : test);
    const ids = this.texts(column, test).filter((id) => !lists.includes(id));
    if (negated) {
      if (ids.length > 0) this.require(`(a."${column}" IS NULL OR a."${column}" NOT IN (${ids.join(", ")}))`);
      return;
    }
    const all = [...ids, ...lists];
    if (all.length <= MAX_WORDS) this.facets(all);
    else this.require(`a."${column}" IN (${all.join(", ")})`);
  }

  private facets(words: readonly number[]): void {
    if (words.length === 0) this.empty = true;
    else this.found.push(anyOf(words.map(facet).map(quoted)));
  }

  /** IDs of the strings of a kind, in the table `word`, that match a test. */
  private texts(kind: string, { operator, values }: FieldTest): readonly number[] {
    if (operator === "=" || operator === "in") {
      const find = this.db.prepare("SELECT id FROM word WHERE kind = ? AND text = ?");
      return values.flatMap((value) => find.all(kind, value).map(({ id }) => Number(id)));
    }
    const holds = valueTest({ operator, values });
    const all = this.db.prepare("SELECT id, text FROM word WHERE kind = ?").all(kind);
    return all.filter(({ text }) => holds(String(text))).map(({ id }) => Number(id));
  }

  /** IDs of the strings of a kind that may be lists. Their members must be compared one by one. */
  private lists(kind: string): readonly number[] {
    const found = this.db.prepare("SELECT id FROM word WHERE kind = ? AND text >= '[' AND text < '\\'").all(kind);
    return found.map(({ id }) => Number(id));
  }
}
