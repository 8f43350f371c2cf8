import { parseAlertQuery } from "../../condition/alert-query.ts";
import { ConditionError } from "../../condition/error.ts";
import { RegexError } from "../../condition/regex.ts";
import { parseQuery, QueryError } from "../../journal/query.ts";
import { badRequest, type Refusal } from "../refusal.ts";
import { described, object, oneOf, optional, shortText, type Value } from "../schema.ts";
import { type Ask, AskError, askOf } from "./ask.ts";
import { lookOf } from "./look.ts";
import { type State, states } from "./state.ts";

export { type State, states } from "./state.ts";

/** A selection of alerts: all conditions that are given hold. */
export interface Filter {
  readonly ask: Ask | undefined;
  /** Words that alerts have: each alone, or several one after the other in quotes; `*` ends the beginning of a word. */
  readonly text: string;
  /** Nanoseconds since the epoch, both inclusive. */
  readonly since: bigint | undefined;
  readonly until: bigint | undefined;
  readonly state: State | undefined;
}

export const everything: Filter = { ask: undefined, text: "", since: undefined, until: undefined, state: undefined };

/** The query parameters that select alerts. */
export const filterParameters = {
  query: optional(
    shortText(
      4000,
      "A condition of the rule language over alerts: `rule`, `priority`, `source`, `tags`, `hostname`, `output`, `uuid` and every field, such as `priority >= warning and k8s.ns.name = shop`.",
    ),
  ),
  text: optional(shortText(1000, 'Words of the rule, the message or a value; `"two words"`, `begin*`.')),
  since: optional(shortText(40, "From when on: ISO 8601, or how long ago: `30m`, `2h`, `7d`.")),
  until: optional(shortText(40, "Up to when.")),
  state: optional(described(oneOf(states), "How far people have come with it.")),
};
const FilterQuery = object(filterParameters);
export type FilterQuery = Value<typeof FilterQuery>;

/** Tests that a condition may have. */
const MOST_TESTS = 200;

/**
 * The filter that a query states.
 * @param isField whether alerts are known to have a field that the catalogue lacks
 * @throws Refusal
 */
export function filterOf(
  { query, text, since, until, state }: FilterQuery,
  isField: (name: string) => boolean,
): Filter {
  const condition = query?.trim() ?? "";
  return {
    ask: condition === "" ? undefined : read(condition, isField),
    text: text?.trim() ?? "",
    since: timeOf("since", since),
    until: timeOf("until", until),
    state,
  };
}

function read(condition: string, isField: (name: string) => boolean): Ask {
  try {
    const ask = askOf(parseAlertQuery(condition), isField);
    if (tests(ask) > MOST_TESTS) throw badRequest(`A query may have ${MOST_TESTS} comparisons.`, "too_long");
    lookOf(ask); // says whether expressions are right
    return ask;
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): unknown {
  if (error instanceof ConditionError || error instanceof AskError) return mistake(error.message, error.place.start);
  return error instanceof RegexError ? badRequest(error.message, "query") : error;
}

function mistake(message: string, at: number): Refusal {
  return badRequest(`Character ${at + 1} of the query: ${message}`, "query");
}

function tests(ask: Ask): number {
  if (ask.kind === "test") return Math.max(1, ask.values.length);
  return ask.kind === "not" ? tests(ask.part) : ask.parts.reduce((sum, part) => sum + tests(part), 0);
}

/** Nanoseconds since the epoch. @throws Refusal */
function timeOf(name: "since" | "until", text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  try {
    const [condition, more] = parseQuery([name, text]);
    if (more === undefined && condition.kind === name) return condition.time;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw badRequest(`${error.message}.`);
  }
  throw badRequest(`"${text}" is no time.`);
}
