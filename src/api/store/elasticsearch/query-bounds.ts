import { ecsFields } from "../../../field/roles.ts";
import { isoText } from "../../../field/time.ts";
import { LONGEST_KEY, ODD_WORDS } from "../../../output/receiver/elasticsearch/search-keys.ts";
import type { AlertQuery, FieldTest, WordsTest } from "../../../query/ast.ts";
import { wantedPriorities } from "../../../query/value.ts";
import { wordsIn } from "../../../query/words.ts";
import { priorities } from "../../../rule/rule.ts";
import {
  all,
  any,
  everyDocument,
  exists,
  noDocument,
  not,
  plain,
  prefix,
  type Query,
  range,
  term,
  terms,
} from "./dsl.ts";
import { LONGEST_PATTERN, type Wildcard, wildcardOfGlob, wildcardOfText } from "./wildcard.ts";

/** Lower and upper bounds of a condition in the server's query language. */
export interface QueryBounds {
  /** Finds only matching documents, but possibly not all matching documents. */
  readonly inner: Query;
  /** Finds all matching documents, and possibly documents that do not match. */
  readonly outer: Query;
  /**
   * Finds the documents for which the bounds may differ. If undefined, every document that `outer` finds must be
   * tested.
   */
  readonly unclear: Query | undefined;
}

const FIELDS = "eyas.fields";
const NAMES = "eyas.names";
const ODD = "eyas.odd";
export const WORDS = "eyas.words";
export const TIME = "falco.time";
/** Document fields by alert property. */
export const partPaths: Readonly<Record<string, string>> = {
  rule: "falco.rule",
  source: "falco.source",
  hostname: "falco.hostname",
  tags: "falco.tags",
  id: "falco.uuid",
};
/** Numeric ECS fields to which exactly one alert field maps, by alert field. */
const numberPaths: ReadonlyMap<string, string> = new Map(
  [...Map.groupBy(ecsFields, ([, path]) => path)].flatMap(([path, fillers]) => {
    const [filler, ...others] = fillers;
    return filler?.[2] === "number" && others.length === 0 ? [[filler[0], path]] : [];
  }),
);
export const unindexedWords = term(ODD, ODD_WORDS);

/** Translates a query over alerts. */
export function boundsOf(query: AlertQuery): QueryBounds {
  if (query.kind === "test") return boundsOfTest(query);
  if (query.kind === "words") return boundsOfWords(query);
  if (query.kind === "since") return exactly(timeRange(query.time, undefined));
  if (query.kind === "until") return exactly(timeRange(undefined, query.time));
  if (query.kind === "not") {
    const { inner, outer, unclear } = boundsOf(query.part);
    return { inner: not(outer), outer: not(inner), unclear };
  }
  const parts = query.parts.map(boundsOf);
  const joined = query.kind === "and" ? all : any;
  const unclears = parts.map(({ unclear }) => unclear);
  return {
    inner: joined(parts.map(({ inner }) => inner)),
    outer: joined(parts.map(({ outer }) => outer)),
    unclear: unclears.every((unclear) => unclear !== undefined) ? any(unclears) : undefined,
  };
}

/**
 * A time range with microsecond precision, like time ranges in the journal.
 * @param since inclusive, like `until`; nanoseconds since the epoch
 */
export function timeRange(since: bigint | undefined, until: bigint | undefined): Query {
  if (since === undefined && until === undefined) return everyDocument;
  return range(TIME, {
    ...(since !== undefined && { gte: isoText(clamped(since - (since % 1000n)), "Z") }),
    ...(until !== undefined && { lte: isoText(clamped(until - (until % 1000n) + 999n), "Z") }),
  });
}

/** Clamps to the times that `date_nanos` can represent: 1970 to 2262. */
function clamped(time: bigint): bigint {
  if (time < 0n) return 0n;
  return time > LAST_TIME ? LAST_TIME : time;
}

const LAST_TIME = 2n ** 63n - 1n;

/** Bounds of a phrase. Only single words are indexed, so the bounds of a phrase of several words differ. */
function boundsOfWords({ words, prefix: begins }: WordsTest): QueryBounds {
  if (words.length === 0) return outerOnly(everyDocument);
  const found = all(
    words.map((word, i) => (begins && i === words.length - 1 ? prefix(WORDS, word) : term(WORDS, word))),
  );
  const outer = any([found, unindexedWords]);
  return words.length === 1
    ? { inner: all([found, not(unindexedWords)]), outer, unclear: unindexedWords }
    : outerOnly(outer);
}

function exactly(query: Query): QueryBounds {
  return { inner: query, outer: query, unclear: noDocument };
}

/** Bounds of a condition for which there is only a query that may find too many documents. */
function outerOnly(outer: Query): QueryBounds {
  return { inner: noDocument, outer, unclear: undefined };
}

function boundsOfTest(test: FieldTest): QueryBounds {
  const { name, operator } = test;
  if (operator === "!=" && name !== "priority") return boundsOf({ kind: "not", part: { ...test, operator: "=" } });
  if (name === "priority") {
    const wanted = wantedPriorities(test);
    const named = priorities.filter((_, i) => wanted[i]);
    return exactly(named.length === 0 ? noDocument : terms("falco.priority", named));
  }
  if (name === "output") return boundsOfMessage(test);
  const path = Object.hasOwn(partPaths, name) ? partPaths[name] : undefined;
  if (path !== undefined) return boundsOfPart(path, test);
  return boundsOfField(test);
}

/** Bounds of an alert property, which is a keyword field. */
function boundsOfPart(path: string, { operator, values, name }: FieldTest): QueryBounds {
  if (operator === "exists") return exactly(name === "tags" ? exists(path) : everyDocument);
  return boundsOfKeyword(path, "", { operator, values }) ?? outerOnly(everyDocument);
}

function boundsOfField(test: FieldTest): QueryBounds {
  const { name, operator, values } = test;
  const there = term(NAMES, name);
  if (operator === "exists") return exactly(there);
  const unclear = term(ODD, name);
  if (operator === "=" || operator === "in" || operator === "intersects") {
    const keys = values.map((value) => `${name}=${value}`);
    const query = keys.length === 0 ? noDocument : terms(FIELDS, keys);
    // Keys are not exact for values that exceed the length limit or look like a list or an object.
    const unbounded = keys.some((key) => key.length > LONGEST_KEY) || values.some((value) => /^[[{]/.test(value));
    return unbounded ? { inner: noDocument, outer: any([query, unclear]), unclear } : exactly(query);
  }
  const ordered = boundsOfOrder(test, there);
  if (ordered !== undefined) return ordered;
  const bounds = boundsOfKeyword(FIELDS, `${name}=`, test);
  if (bounds === undefined) return outerOnly(there);
  if (bounds.unclear === undefined) return outerOnly(any([bounds.outer, unclear]));
  return { inner: bounds.inner, outer: any([bounds.outer, unclear]), unclear };
}

/** Compares strings with keywords that have a common prefix; undefined if keywords are not sufficient. */
function boundsOfKeyword(
  path: string,
  begin: string,
  { operator, values }: Omit<FieldTest, "name" | "kind">,
): QueryBounds | undefined {
  const [first = ""] = values;
  if (operator === "=" || operator === "in" || operator === "intersects")
    return exactly(values.length === 0 ? noDocument : terms(path, values));
  if (first.length > LONGEST_PATTERN) return undefined;
  const matching = ({ pattern, same }: Wildcard, ignoreCase = false): QueryBounds => {
    const value = plain(begin) + pattern;
    const query = { wildcard: { [path]: { value, ...(ignoreCase && { case_insensitive: true }) } } };
    return same ? exactly(query) : outerOnly(query);
  };
  switch (operator) {
    case "startswith":
      return exactly(prefix(path, begin + first));
    case "contains":
      return matching({ pattern: `*${plain(first)}*`, same: true });
    case "endswith":
      return matching({ pattern: `*${plain(first)}`, same: true });
    case "icontains": {
      const { pattern, same } = wildcardOfText(first);
      return matching({ pattern: `*${pattern}*`, same }, true);
    }
    case "glob":
    case "iglob":
      return matching(wildcardOfGlob(first, operator === "iglob"), operator === "iglob");
    default:
      return undefined;
  }
}

/** Bounds of an ordered comparison. Uses numeric fields if the documents have these fields. */
function boundsOfOrder({ name, operator, values }: FieldTest, there: Query): QueryBounds | undefined {
  const bound = ORDERS[operator];
  const path = numberPaths.get(name);
  const [text = ""] = values;
  if (bound === undefined) return undefined;
  if (path === undefined || !/^-?\d{1,15}$/.test(text)) return outerOnly(there);
  const query = range(path, { [bound]: Number(text) });
  const unclear = all([there, not(exists(path))]);
  return { inner: query, outer: any([query, unclear]), unclear };
}

const ORDERS: Readonly<Record<string, string>> = { "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" };

/** Bounds of a condition on the message. The words of the message are indexed, but not its text. */
function boundsOfMessage({ operator, values }: FieldTest): QueryBounds {
  if (operator === "exists") return exactly(everyDocument);
  if (!["=", "in", "contains", "icontains", "startswith", "endswith"].includes(operator))
    return outerOnly(everyDocument);
  return outerOnly(
    any(values.map((value) => any([all(wholeWords(value).map((word) => term(WORDS, word))), unindexedWords]))),
  );
}

/**
 * The words in any string that contains `text`. The first and the last word are omitted, because they may be parts of
 * longer words.
 */
function wholeWords(text: string): string[] {
  const inner = text.replace(/^[\p{L}\p{N}\p{M}]+|[\p{L}\p{N}\p{M}]+$/gu, " ");
  return [...new Set(wordsIn(inner))];
}
