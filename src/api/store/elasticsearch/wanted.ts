import type { AlertQuery } from "../../../query/ast.ts";
import { type AlertTest, alertTest } from "../../../query/match.ts";
import type { Filter } from "../../filter/filter.ts";
import { timeRange, toldOf } from "./asked.ts";
import { all, any, everyDocument, noDocument, not, type Query } from "./dsl.ts";

/** What a filter asks of the server. */
export interface Wanted {
  /** All that are wanted are among what it finds. */
  readonly query: Query;
  /** Whether an alert that it finds is wanted. */
  readonly look: AlertTest;
  /** Only documents of this kind need a look; undefined: all do. */
  readonly odd: Query | undefined;
}

export { TIME } from "./asked.ts";
export const ID = "falco.uuid";

/** @param touched the ids of alerts that are not open, by state; looked at where a state is asked for */
export function wantedOf(filter: Filter, touched: ReadonlyMap<string, { readonly state: string }>): Wanted {
  const { since, until, words, condition } = filter;
  const conditions: readonly AlertQuery[] = [...(condition === undefined ? [] : [condition]), ...words];
  const told = conditions.map(toldOf);
  const odds = told.map(({ odd }) => odd);
  const tests = conditions.map((each) => alertTest(each));
  return {
    query: all([timeRange(since, until), stateQuery(filter, touched), ...told.map(({ most }) => most)]),
    look: (alert) => tests.every((test) => test(alert)),
    odd: odds.every((odd) => odd !== undefined) ? any(odds) : undefined,
  };
}

function stateQuery({ state }: Filter, touched: ReadonlyMap<string, { readonly state: string }>): Query {
  if (state === undefined) return everyDocument;
  const inState =
    state === "open"
      ? [...touched].filter(([, made]) => made.state !== "open")
      : [...touched].filter(([, made]) => made.state === state);
  const query = inState.length === 0 ? noDocument : { terms: { [ID]: inState.map(([id]) => id) } };
  return state === "open" ? not(query) : query;
}
