import { queryOperators } from "../../src/query/bind.ts";
import { priorities } from "../../src/rule/rule.ts";
import { api } from "../api/client.ts";
import { quantity } from "../text/number.ts";
import { comparison } from "./compose.ts";
import { type Expected, expectedAt } from "./expected.ts";
import { ALL_TIME, NO_FILTER } from "./filter.ts";

/** A completion of the word at the caret. */
export interface Suggestion {
  /** Text that replaces the word at the caret. */
  readonly text: string;
  readonly about: string;
}

export interface Suggestions {
  readonly expected: Expected;
  readonly suggestions: readonly Suggestion[];
}

/** Search keys that all alerts have in addition to fields. */
export const ALERT_FIELDS: readonly Suggestion[] = [
  { text: "rule", about: "Name of the rule" },
  { text: "priority", about: "Priority of the rule, from emergency to debug" },
  { text: "source", about: "Source of the event" },
  { text: "tags", about: "Tags of the rule" },
  { text: "hostname", about: "Host name" },
  { text: "uuid", about: "ID of the alert" },
];

const OPERATOR_DESCRIPTIONS: Readonly<Record<string, string>> = {
  exists: "has a value",
  "=": "equal to",
  "==": "equal to",
  "!=": "not equal to",
  "<": "less than; for priorities: less severe",
  "<=": "less than or equal to",
  ">": "greater than; for priorities: more severe",
  ">=": "greater than or equal to",
  "~": "contains the text, case-insensitive",
  "!~": "does not contain the text, case-insensitive",
  contains: "contains the text",
  icontains: "contains the text, case-insensitive",
  startswith: "starts with the text",
  endswith: "ends with the text",
  glob: "matches a pattern with * and ?",
  iglob: "matches a pattern, case-insensitive",
  regex: "matches a regular expression",
  in: "is in the list",
  intersects: "has an element in common with the list",
  pmatch: "is equal to or below one of the paths",
};

const MAX_SUGGESTIONS = 50;
const values = new Map<string, Promise<readonly Suggestion[]>>();

/** Returns completions at the caret, best first, at most 50. Values come from the journal. */
export async function suggestionsAt(text: string, caret: number): Promise<Suggestions> {
  const expected = expectedAt(text, caret);
  const all = await suggestionsFor(expected);
  const written = expected.written.replace(/^["']/, "").toLowerCase();
  const starting = all.filter((suggestion) => plain(suggestion).startsWith(written));
  const containing = written === "" ? [] : all.filter((suggestion) => plain(suggestion).indexOf(written) > 0);
  const suggestions = [...starting, ...containing].slice(0, MAX_SUGGESTIONS);
  const isComplete = suggestions.length === 1 && suggestions[0]?.text === expected.written;
  return { expected, suggestions: isComplete ? [] : suggestions };
}

function plain({ text }: Suggestion): string {
  return text.replace(/^"/, "").toLowerCase();
}

async function suggestionsFor({ kind, field }: Expected): Promise<readonly Suggestion[]> {
  if (kind === "field") {
    return [...ALERT_FIELDS, ...(await catalogueFields()), { text: "not", about: "negates the condition" }];
  }
  if (kind === "operator") return queryOperators.map((text) => ({ text, about: OPERATOR_DESCRIPTIONS[text] ?? "" }));
  if (kind === "junction") {
    return [
      { text: "and", about: "both conditions are true" },
      { text: "or", about: "at least one condition is true" },
    ];
  }
  if (field === "priority") return priorities.map((priority) => ({ text: priority.toLowerCase(), about: "" }));
  return valuesOf(field);
}

/** Returns the fields in the catalogue; an empty list if a newer build has replaced the catalogue file. */
async function catalogueFields(): Promise<readonly Suggestion[]> {
  try {
    const { default: fields } = await import("eyas:fields");
    return fields.map(({ name, about }) => ({ text: name, about }));
  } catch {
    return [];
  }
}

/** Returns the values of a field in the journal, most frequent first; an empty list if the request fails. */
async function valuesOf(field: string): Promise<readonly Suggestion[]> {
  const known = values.get(field);
  if (known !== undefined) return known;
  const request = api.count({ ...NO_FILTER, since: ALL_TIME }, field, MAX_SUGGESTIONS).then(
    ({ counts }) =>
      counts.flatMap(({ value, count }) =>
        value === null || value === ""
          ? []
          : [{ text: comparison("", value).replace(/^ \S+ /, ""), about: quantity(count, "alert") }],
      ),
    () => [],
  );
  values.set(field, request);
  // Fetch the values again later, because the journal may then contain new values.
  setTimeout(() => values.delete(field), 60_000);
  return request;
}
