import type { DatabaseSync } from "node:sqlite";
import { changesAlways } from "../../../field/roles.ts";
import { columnNamed } from "../../../journal/decode.ts";
import { outputWithoutFields } from "../../../journal/message.ts";
import { facet, isPlainWord, quoted, wordsIn } from "../../../journal/search-text.ts";
import type { Ask, AskTest } from "../../filter/ask.ts";
import { type Look, lookForWords } from "../../filter/look.ts";

/** What full text search can do for a filter. */
export interface Narrowed {
  /** What it is asked; undefined where it is of no help. All that are wanted are among what it finds. */
  readonly match: string | undefined;
  /** What words ask of an alert beyond that. */
  readonly looks: readonly Look[];
}

/** Texts that a test may stand for in full text search. */
const MOST_WORDS = 100;

/** Prepares full text search for a text and a condition. */
export function narrow(db: DatabaseSync, text: string, ask: Ask | undefined): Narrowed {
  const found: string[] = [];
  const looks: Look[] = [];
  for (const { words, prefix, plain } of phrasesIn(text)) {
    const asked = words.map((word, i) => wordMatch(db, word, prefix && i === words.length - 1));
    found.push(...asked.filter((each) => each !== undefined));
    if (words.length === 0) looks.push(({ message }) => message.includes(plain));
    else if (words.length > 1 || !words.every(isPlainWord)) looks.push(lookForWords(words, prefix));
  }
  const own = ask === undefined ? undefined : askMatch(db, ask);
  // Columns alone are chosen by faster without it.
  if (own !== undefined && (own.useful || found.length > 0)) found.push(own.match);
  return { match: found.length === 0 ? undefined : found.join(" AND "), looks };
}

interface Phrase {
  readonly words: readonly string[];
  readonly prefix: boolean;
  readonly plain: string;
}

function phrasesIn(text: string): Phrase[] {
  return [...text.matchAll(/"([^"]*)"?|(\S+)/g)].flatMap(([, phrase, word]) => {
    const written = phrase ?? word;
    const prefix = word?.endsWith("*") ?? false;
    const plain = prefix ? written.slice(0, -1) : written;
    return plain === "" ? [] : [{ words: wordsIn(plain), prefix, plain }];
  });
}

/** A word itself, or the rules and outputs that have it in them. */
function wordMatch(db: DatabaseSync, word: string, prefix: boolean): string | undefined {
  if (!isPlainWord(word)) return undefined;
  const shared = db.prepare("SELECT id, kind, text FROM word WHERE kind IN ('rule', 'output')").all();
  const withIt = shared.filter(({ kind, text }) => {
    const words = wordsIn(kind === "output" ? outputWithoutFields(String(text)) : String(text));
    return prefix ? words.some((each) => each.startsWith(word)) : words.includes(word);
  });
  return anyOf([`${quoted(word)}${prefix ? " *" : ""}`, ...withIt.map(({ id }) => quoted(facet(Number(id))))]);
}

interface AskMatch {
  readonly match: string;
  /** Whether it says more than columns do. */
  readonly useful: boolean;
}

function askMatch(db: DatabaseSync, ask: Ask): AskMatch | undefined {
  if (ask.kind === "test") return testMatch(db, ask);
  if (ask.kind === "not") return undefined;
  const parts = ask.parts.map((part) => askMatch(db, part));
  const known = parts.filter((part) => part !== undefined);
  if (known.length === 0 || (ask.kind === "or" && known.length < parts.length)) return undefined;
  const match = `(${known.map((part) => part.match).join(ask.kind === "and" ? " AND " : " OR ")})`;
  const useful = ask.kind === "and" ? known.some((part) => part.useful) : known.every((part) => part.useful);
  return { match, useful };
}

/** No word is like this, so nothing is found by it. */
const NEVER = quoted("\ue0000never");

function testMatch(db: DatabaseSync, { name, operator, values }: AskTest): AskMatch | undefined {
  if ((operator !== "=" && operator !== "in") || values.length > MOST_WORDS) return undefined;
  const column = columnNamed(name);
  if (column !== undefined) {
    // Lists of foreign alerts are kept as one text, and found by their members.
    if (db.prepare("SELECT 1 FROM word WHERE kind = ? AND text >= '[' AND text < '\\' LIMIT 1").get(column))
      return undefined;
    const find = db.prepare("SELECT id FROM word WHERE kind = ? AND text = ?");
    const ids = values.flatMap((value) => find.all(column, value).map(({ id }) => Number(id)));
    return { match: ids.length === 0 ? NEVER : anyOf(ids.map(facet).map(quoted)), useful: false };
  }
  if (name === "priority" || name === "tags" || name === "id" || name === "output" || changesAlways(name))
    return undefined;
  const words = values.map((value) => wordsIn(value));
  if (words.some((each) => each.length === 0 || !each.every(isPlainWord))) return undefined;
  return { match: anyOf(words.map((each) => `(${each.map(quoted).join(" AND ")})`)), useful: true };
}

function anyOf(tokens: readonly string[]): string {
  return `(${tokens.join(" OR ")})`;
}
