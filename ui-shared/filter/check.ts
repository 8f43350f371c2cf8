import { QueryError } from "../../src/query/error.ts";
import { parseQuery } from "../../src/query/parse.ts";

/** An error in a query, with the offsets of the invalid text. */
export interface Mistake {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Returns an error of the server for a query. Its message may begin with the position. */
export function serverMistake(message: string, query: string): Mistake {
  const [whole, position, text = ""] = /^Character (\d+) of the query: (.*)$/s.exec(message) ?? [];
  if (whole === undefined) return { message, start: 0, end: 0 };
  const start = Math.max(0, Math.min(Number(position) - 1, query.length - 1));
  const [word = ""] = /^[^\s()]+/.exec(query.slice(start)) ?? [];
  return { message: text, start, end: start + Math.max(1, word.length) };
}

/** Returns the first error in a query, or undefined for a valid query. Uses the same parser as the server. */
export function mistakeOf(query: string): Mistake | undefined {
  try {
    parseQuery([query]);
    return undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { message, start, end } = error;
    // An error at the end of the text is shown at the last character.
    const from = Math.max(0, Math.min(start, query.length - 1));
    return { message, start: from, end: Math.max(end, from + 1) };
  }
}
