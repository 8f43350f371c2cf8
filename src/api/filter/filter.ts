import { RegexError } from "../../condition/regex.ts";
import type { AlertQuery } from "../../query/ast.ts";
import { type Conjuncts, conjunctsOf } from "../../query/conjuncts.ts";
import { QueryError } from "../../query/error.ts";
import { isQueryField } from "../../query/fields.ts";
import { alertTest } from "../../query/match.ts";
import { parseQuery } from "../../query/parse.ts";
import { parseTime } from "../../query/time.ts";
import { freeText } from "../../query/words.ts";
import { type ApiError, badRequest } from "../api-error.ts";
import { described, object, oneOf, optional, shortText, type Value } from "../schema.ts";
import { type State, states } from "./state.ts";

export { type State, states } from "./state.ts";

/** A selection of alerts; all conditions must match. */
export interface Filter extends Conjuncts {
  readonly state: State | undefined;
}

export const everything: Filter = {
  since: undefined,
  until: undefined,
  words: [],
  condition: undefined,
  state: undefined,
};

/** The query parameters that select alerts. */
export const filterParameters = {
  query: optional(
    shortText(
      4000,
      "A query over alerts, such as `priority >= warning and k8s.ns.name = shop`. It compares `rule`, `priority`, `source`, `tags`, `hostname`, `output`, `uuid`, fields and times, and searches for words. See docs/queries.md.",
    ),
  ),
  text: optional(
    shortText(
      1000,
      'Full-text search in the rule name, the message and field values: words, phrases (`"two words"`) and prefixes (`word*`).',
    ),
  ),
  since: optional(
    shortText(40, "Start of the time range: ISO 8601, or a duration before the current time: `30m`, `2h`, `7d`."),
  ),
  until: optional(shortText(40, "End of the time range, inclusive.")),
  state: optional(described(oneOf(states), "Triage state.")),
};
const FilterQuery = object(filterParameters);
export type FilterQuery = Value<typeof FilterQuery>;

/** Maximum number of comparisons in a query. Each value of a list counts as one comparison. */
const MAX_TESTS = 200;

/**
 * Parses a filter.
 * @param occurs returns whether any alert has a field; called only for fields that are not in the catalogue
 * @throws ApiError
 */
export function filterOf({ query, text, since, until, state }: FilterQuery, occurs: (name: string) => boolean): Filter {
  const bounds: readonly (AlertQuery | undefined)[] = [timeOf("since", since), timeOf("until", until)];
  const parts = [read(query ?? "", occurs), ...freeText(text ?? ""), ...bounds].filter((part) => part !== undefined);
  return { ...conjunctsOf({ kind: "and", parts }), state };
}

function read(text: string, occurs: (name: string) => boolean): AlertQuery | undefined {
  try {
    const query = parseQuery([text], { isField: (name) => isQueryField(name, occurs) });
    if (query === undefined) return undefined;
    if (tests(query) > MAX_TESTS) throw badRequest(`A query can have at most ${MAX_TESTS} comparisons.`, "too_long");
    checkRegexes(query);
    alertTest(query); // compiling the regular expressions can fail
    return query;
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  if (error instanceof QueryError) return mistake(error);
  return error instanceof RegexError ? badRequest(error.message, "query") : error;
}

function mistake({ message, start }: QueryError): ApiError {
  return badRequest(`Character ${start + 1} of the query: ${message}`, "query");
}

function tests(query: AlertQuery): number {
  if (query.kind === "and" || query.kind === "or") return query.parts.reduce((sum, part) => sum + tests(part), 0);
  if (query.kind === "not") return tests(query.part);
  return query.kind === "test" ? Math.max(1, query.values.length) : 1;
}

/** Maximum length of a regular expression, in characters. */
const MAX_REGEX = 500;
/** Maximum sum of the repetition counts (`{n,m}`) in a regular expression. Limited because repetitions are expanded. */
const MAX_REPETITIONS = 1000;

/** @throws ApiError if a regular expression would delay the requests of other users */
function checkRegexes(query: AlertQuery): void {
  if (query.kind === "and" || query.kind === "or") for (const part of query.parts) checkRegexes(part);
  if (query.kind === "not") checkRegexes(query.part);
  if (query.kind !== "test" || query.operator !== "regex") return;
  const [regex = ""] = query.values;
  if (regex.length > MAX_REGEX)
    throw badRequest(`A regular expression in a query can have at most ${MAX_REGEX} characters.`, "too_long");
  let sum = 0;
  for (const [, least, most] of regex.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) sum += Number(most || least);
  if (sum > MAX_REPETITIONS)
    throw badRequest(
      `The sum of the repetition counts in a regular expression can be at most ${MAX_REPETITIONS}.`,
      "too_long",
    );
}

/** @throws ApiError */
function timeOf(kind: "since" | "until", text: string | undefined): AlertQuery | undefined {
  if (text === undefined) return undefined;
  try {
    return { kind, time: parseTime(text.trim()) };
  } catch (error) {
    throw error instanceof QueryError ? badRequest(error.message) : error;
  }
}
