import { parseAlertQuery } from "../../src/condition/alert-query.ts";
import { ConditionError } from "../../src/condition/error.ts";

/** Error in a query, with the offsets of the text that it is about. */
export interface Mistake {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** First error of a query, found by the parser that the server uses; undefined for a valid query. */
export function mistakeOf(query: string): Mistake | undefined {
  if (query.trim() === "") return undefined;
  try {
    parseAlertQuery(query);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const { start, end } = error.place;
    // An error at the end of the text is shown at the last character.
    const from = Math.min(start, query.length - 1);
    return { message: error.message, start: from, end: Math.max(end, from + 1) };
  }
}
