import type { DatabaseSync } from "node:sqlite";
import { changesAlways } from "../field/roles.ts";
import type { AlertQuery, FieldTest, WordsTest } from "../query/ast.ts";
import { type AlertTest, hasWords } from "../query/match.ts";
import { wordsIn } from "../query/words.ts";
import { columnNamed } from "./decode.ts";
import { outputWithoutFields } from "./message.ts";
import { facet, isPlainWord, quoted } from "./search-text.ts";

/** A full-text search that finds all matching alerts, and possibly alerts that do not match. */
export interface Match {
  /** An FTS5 query. */
  readonly match: string;
  /** Whether the search is more selective than conditions on columns. */
  readonly useful: boolean;
}

/** Translates queries to full-text searches, using the table `word` of the journal. */
export interface FullText {
  /** FTS5 queries for a phrase. All of them must match. Empty if full-text search cannot find the phrase. */
  words(test: WordsTest): readonly string[];
  /** The full-text search for a query; undefined if it would not exclude any alerts. */
  query(query: AlertQuery): Match | undefined;
  /**
   * Returns a function that tests whether an alert contains a phrase. It uses only the index if the index is exact for
   * the phrase.
   */
  test(test: WordsTest): AlertTest;
}

/** Maximum number of values in a comparison. With more values, conditions on columns are faster. */
const MAX_VALUES = 100;
/** An FTS5 word that no alert contains. */
const NEVER = quoted("\ue0000never");

export function openFullText(db: DatabaseSync): FullText {
  const ofKind = db.prepare("SELECT id FROM word WHERE kind = ? AND text = ?");
  const list = db.prepare("SELECT 1 FROM word WHERE kind = ? AND text >= '[' AND text < '\\' LIMIT 1");
  let known: readonly { readonly id: number; readonly words: readonly string[] }[] | undefined;

  /** The words in rule names and outputs. The index contains only the IDs of these strings. */
  function shared(): NonNullable<typeof known> {
    known ??= db
      .prepare("SELECT id, kind, text FROM word WHERE kind IN ('rule', 'output')")
      .all()
      .map(({ id, kind, text }) => ({
        id: Number(id),
        words: wordsIn(kind === "output" ? outputWithoutFields(String(text)) : String(text)),
      }));
    return known;
  }

  /** Returns an FTS5 query for alerts that contain a word, or whose rule name or output contains it. */
  function wordMatch(word: string, prefix: boolean): string {
    const found = shared().filter(({ words }) =>
      prefix ? words.some((each) => each.startsWith(word)) : words.includes(word),
    );
    return anyOf([`${quoted(word)}${prefix ? " *" : ""}`, ...found.map(({ id }) => quoted(facet(id)))]);
  }

  function words({ words: all, prefix }: WordsTest): readonly string[] {
    return all.flatMap((word, i) => (isPlainWord(word) ? [wordMatch(word, prefix && i === all.length - 1)] : []));
  }

  function testMatch({ name, operator, values }: FieldTest): Match | undefined {
    if ((operator !== "=" && operator !== "in") || values.length > MAX_VALUES) return undefined;
    const column = columnNamed(name);
    if (column !== undefined) {
      // In received alerts, a string can contain a list. Each member of the list can match.
      if (list.get(column) !== undefined) return undefined;
      const ids = values.flatMap((value) => ofKind.all(column, value).map(({ id }) => Number(id)));
      return { match: ids.length === 0 ? NEVER : anyOf(ids.map(facet).map(quoted)), useful: false };
    }
    if (name === "priority" || name === "tags" || name === "id" || name === "output" || changesAlways(name))
      return undefined;
    const each = values.map((value) => wordsIn(value));
    if (each.some((own) => own.length === 0 || !own.every(isPlainWord))) return undefined;
    return { match: anyOf(each.map((own) => `(${own.map(quoted).join(" AND ")})`)), useful: true };
  }

  function query(of: AlertQuery): Match | undefined {
    if (of.kind === "test") return testMatch(of);
    if (of.kind === "words") {
      const found = words(of);
      return found.length === 0 ? undefined : { match: `(${found.join(" AND ")})`, useful: true };
    }
    if (of.kind !== "and" && of.kind !== "or") return undefined;
    const matches = of.parts.map(query);
    const narrowing = matches.filter((one) => one !== undefined);
    if (narrowing.length === 0 || (of.kind === "or" && narrowing.length < matches.length)) return undefined;
    const match = `(${narrowing.map((one) => one.match).join(of.kind === "and" ? " AND " : " OR ")})`;
    const useful = of.kind === "and" ? narrowing.some((one) => one.useful) : narrowing.every((one) => one.useful);
    return { match, useful };
  }

  return {
    words,
    query,
    test(test) {
      const [match] = words(test);
      if (!isExact(test) || match === undefined) return hasWords(test);
      const one = db.prepare("SELECT 1 FROM search WHERE search MATCH ? AND rowid = ?");
      // SQLite would not use the index if the rowid were a floating-point number.
      return ({ seq }) => one.get(match, BigInt(seq)) !== undefined;
    },
  };
}

/** Whether the index is exact for a phrase, so that found alerts do not need to be tested. */
export function isExact({ words }: WordsTest): boolean {
  return words.length === 1 && words.every(isPlainWord);
}

/** The full-text search for several conditions, all of which must match. */
export interface Narrowing {
  /**
   * FTS5 query that finds all matching alerts, and possibly alerts that do not match; undefined if the query would not
   * exclude any alerts.
   */
  readonly match: string | undefined;
  /** Tests for the phrases for which the index is not exact. */
  readonly tests: readonly AlertTest[];
}

/** Builds the full-text search for phrases and another condition. */
export function narrow(fullText: FullText, words: readonly WordsTest[], condition: AlertQuery | undefined): Narrowing {
  const found = words.flatMap((test) => fullText.words(test));
  const own = condition === undefined ? undefined : fullText.query(condition);
  // Without phrases, a search is only worthwhile if it is more selective than the columns.
  if (own !== undefined && (own.useful || found.length > 0)) found.push(own.match);
  return {
    match: found.length === 0 ? undefined : found.join(" AND "),
    tests: words.filter((test) => !isExact(test)).map(hasWords),
  };
}

export function anyOf(matches: readonly string[]): string {
  return `(${matches.join(" OR ")})`;
}
