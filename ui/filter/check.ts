import { QueryError } from "../../src/query/error.ts";
import { parseQuery } from "../../src/query/parse.ts";

/** An error in a query, with the offsets of the invalid text. */
export interface Mistake {
  readonly message: string;
  readonly start: number;
  readonly end: number;
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
