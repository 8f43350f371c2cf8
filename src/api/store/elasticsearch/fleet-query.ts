import type { AlertQuery } from "../../../query/ast.ts";
import { type AlertTest, alertTest } from "../../../query/match.ts";
import type { Filter } from "../../filter/filter.ts";
import { all, any, everyDocument, noDocument, not, type Query } from "./dsl.ts";
import { boundsOf, timeRange } from "./query-bounds.ts";

/** A filter, translated to the server's query language. */
export interface FleetQuery {
  /** Finds all matching alerts, and possibly alerts that do not match. */
  readonly query: Query;
  /** Tests whether an alert found by `query` matches the filter. */
  readonly test: AlertTest;
  /** Finds the documents that require `test`; undefined if all documents require `test`. */
  readonly unclear: Query | undefined;
}

export { TIME } from "./query-bounds.ts";
export const ID = "falco.uuid";

/**
 * @param states triage states by alert ID; alerts without an entry are open. Only needed if the filter selects a state
 */
export function fleetQuery(filter: Filter, states: ReadonlyMap<string, { readonly state: string }>): FleetQuery {
  const { since, until, words, condition } = filter;
  const conditions: readonly AlertQuery[] = [...(condition === undefined ? [] : [condition]), ...words];
  const bounds = conditions.map(boundsOf);
  const unclears = bounds.map(({ unclear }) => unclear);
  const tests = conditions.map((each) => alertTest(each));
  return {
    query: all([timeRange(since, until), stateQuery(filter, states), ...bounds.map(({ outer }) => outer)]),
    test: (alert) => tests.every((test) => test(alert)),
    unclear: unclears.every((unclear) => unclear !== undefined) ? any(unclears) : undefined,
  };
}

function stateQuery({ state }: Filter, states: ReadonlyMap<string, { readonly state: string }>): Query {
  if (state === undefined) return everyDocument;
  const inState =
    state === "open"
      ? [...states].filter(([, made]) => made.state !== "open")
      : [...states].filter(([, made]) => made.state === state);
  const query = inState.length === 0 ? noDocument : { terms: { [ID]: inState.map(([id]) => id) } };
  return state === "open" ? not(query) : query;
}
