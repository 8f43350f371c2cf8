import type { AlertQuery, WordsTest } from "../../src/query/ast.ts";
import { QueryError } from "../../src/query/error.ts";
import { parseQuery } from "../../src/query/parse.ts";
import { freeText } from "../../src/query/words.ts";
import { MAX_PHRASES } from "../text/highlight.ts";
import { filterOf } from "./filter.ts";

/** Maximum length of the phrases in a URL, in characters. */
const MAX_LENGTH = 300;

/** The phrases to highlight: from the full-text search and the query of a list, or from the URL of an alert. */
export function phrasesIn(parameters: URLSearchParams): readonly WordsTest[] {
  const given = parameters.get("highlight");
  if (given !== null) return freeText(given.slice(0, MAX_LENGTH)).slice(0, MAX_PHRASES);
  const { text, query } = filterOf(parameters);
  return [...freeText(text), ...phrasesOf(query)].slice(0, MAX_PHRASES);
}

/** Results of {@link highlightIn}, since a list has many links. */
const highlights = new WeakMap<URLSearchParams, string>();

/** The phrases to highlight as text, for the URL of an alert. */
export function highlightIn(parameters: URLSearchParams): string {
  const known = highlights.get(parameters) ?? highlightText(parameters);
  highlights.set(parameters, known);
  return known;
}

function highlightText(parameters: URLSearchParams): string {
  let whole = "";
  for (const phrase of phrasesIn(parameters)) {
    const next = `${whole} ${written(phrase)}`.trim();
    if (next.length > MAX_LENGTH) break;
    whole = next;
  }
  return whole;
}

function written({ text, prefix }: WordsTest): string {
  if (prefix) return `${text}*`;
  return /\s|\*$/.test(text) ? `"${text}"` : text;
}

function phrasesOf(query: string): readonly WordsTest[] {
  if (query === "") return [];
  try {
    const parsed = parseQuery([query]);
    return parsed === undefined ? [] : wordsOf(parsed);
  } catch (error) {
    if (error instanceof QueryError) return [];
    throw error;
  }
}

/** The phrases of a query, except phrases that alerts must not contain. */
function wordsOf(query: AlertQuery): readonly WordsTest[] {
  if (query.kind === "words") return [query];
  return query.kind === "and" || query.kind === "or" ? query.parts.flatMap(wordsOf) : [];
}
