import { parseAlertQuery } from "../../src/condition/alert-query.ts";
import { ConditionError } from "../../src/condition/error.ts";

/** What is wrong with a query, and where. */
export interface Mistake {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** The first mistake of a query, found by the parser that the server uses; undefined where there is none. */
export function mistakeOf(query: string): Mistake | undefined {
  if (query.trim() === "") return undefined;
  try {
    parseAlertQuery(query);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const { start, end } = error.place;
    // What is missing at the end is shown at the last character.
    const from = Math.min(start, query.length - 1);
    return { message: error.message, start: from, end: Math.max(end, from + 1) };
  }
}
