import { parseAlertQuery } from "../../condition/alert-query.ts";
import { ConditionError } from "../../condition/error.ts";
import { RegexError } from "../../condition/regex.ts";
import { parseQuery, QueryError } from "../../journal/query.ts";
import { badRequest, type Refusal } from "../refusal.ts";
import type { Parameter } from "../route.ts";
import { type Ask, AskError, askOf } from "./ask.ts";
import { lookOf } from "./look.ts";

/** How far people have come with an alert. */
export const states = ["open", "acknowledged", "closed"] as const;
export type State = (typeof states)[number];

/** Which alerts are wanted: all that is given has to be so. */
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

/** The parameters that say which alerts are wanted. */
export const filterParameters: Readonly<Record<string, Parameter>> = {
  query: {
    about:
      "A condition of the rule language over alerts: `rule`, `priority`, `source`, `tags`, `hostname`, `output`, `uuid` and every field, such as `priority >= warning and k8s.ns.name = shop`.",
    schema: { type: "string", maxLength: 4000 },
  },
  text: {
    about: 'Words of the rule, the message or a value; `"two words"`, `begin*`.',
    schema: { type: "string", maxLength: 1000 },
  },
  since: {
    about: "From when on: ISO 8601, or how long ago: `30m`, `2h`, `7d`.",
    schema: { type: "string", maxLength: 40 },
  },
  until: { about: "Up to when.", schema: { type: "string", maxLength: 40 } },
  state: { about: "How far people have come with it.", schema: { type: "string", enum: states } },
};

/** Tests in a condition; more of them are nobody's question. */
const MOST_TESTS = 200;

/**
 * Reads which alerts are wanted.
 * @param isField whether alerts are known to have a field that the catalogue lacks
 * @throws Refusal
 */
export function filterOf(query: ReadonlyMap<string, string>, isField: (name: string) => boolean): Filter {
  const condition = query.get("query")?.trim() ?? "";
  const state = states.find((one) => one === query.get("state"));
  const filter = {
    ask: condition === "" ? undefined : read(condition, isField),
    text: query.get("text")?.trim() ?? "",
    since: timeOf("since", query.get("since")),
    until: timeOf("until", query.get("until")),
    state,
  };
  return filter;
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
