import { OPERATORS } from "../../src/condition/lex.ts";
import { priorities } from "../../src/rule/rule.ts";
import { api } from "../api/client.ts";
import { comparison } from "./compose.ts";
import { type Expected, expectedAt } from "./expected.ts";
import { ALL_TIME, NO_FILTER } from "./filter.ts";

/** One thing that can be put where the caret is. */
export interface Suggestion {
  /** Put in place of the word that the caret is in. */
  readonly text: string;
  readonly about: string;
}

export interface Suggestions {
  readonly expected: Expected;
  readonly suggestions: readonly Suggestion[];
}

/** What every alert has beside its fields. */
export const ALERT_FIELDS: readonly Suggestion[] = [
  { text: "rule", about: "The rule that fired" },
  { text: "priority", about: "How bad it is: emergency to debug" },
  { text: "source", about: "Where the event came from" },
  { text: "tags", about: "The rule's tags" },
  { text: "hostname", about: "The machine" },
  { text: "uuid", about: "The alert's own identifier" },
];

const OPERATOR_DESCRIPTIONS: Readonly<Record<string, string>> = {
  exists: "has a value",
  "=": "is",
  "==": "is",
  "!=": "is not",
  "<": "less; of priorities: milder",
  "<=": "at most",
  ">": "more; of priorities: graver",
  ">=": "at least",
  contains: "holds this text",
  icontains: "holds this text, in any case",
  bcontains: "holds these bytes (hexadecimal)",
  startswith: "begins with",
  bstartswith: "begins with these bytes (hexadecimal)",
  endswith: "ends with",
  glob: "fits a pattern with * and ?",
  iglob: "fits a pattern, in any case",
  regex: "fits a regular expression",
  in: "is one of a list",
  intersects: "shares a member with a list",
  pmatch: "is or lies under one of these paths",
};

const MAX_SUGGESTIONS = 50;
const values = new Map<string, Promise<readonly Suggestion[]>>();

/** What can stand at the caret, best first; at most 50. Asks the server for the values that occur in the journal. */
export async function suggestionsAt(text: string, caret: number): Promise<Suggestions> {
  const expected = expectedAt(text, caret);
  const all = await suggestionsFor(expected);
  const written = expected.written.replace(/^["']/, "").toLowerCase();
  const begins = all.filter((offer) => plain(offer).startsWith(written));
  const holds = written === "" ? [] : all.filter((offer) => plain(offer).indexOf(written) > 0);
  const offers = [...begins, ...holds].slice(0, MAX_SUGGESTIONS);
  return { expected, suggestions: offers.length === 1 && offers[0].text === expected.written ? [] : offers };
}

function plain({ text }: Suggestion): string {
  return text.replace(/^"/, "").toLowerCase();
}

async function suggestionsFor({ kind, field }: Expected): Promise<readonly Suggestion[]> {
  if (kind === "field") {
    return [...ALERT_FIELDS, ...(await catalogueFields()), { text: "not", about: "turns round what follows" }];
  }
  if (kind === "operator") return OPERATORS.map((text) => ({ text, about: OPERATOR_DESCRIPTIONS[text] ?? "" }));
  if (kind === "junction") {
    return [
      { text: "and", about: "both hold" },
      { text: "or", about: "one of them holds" },
    ];
  }
  if (field === "priority") return priorities.map((priority) => ({ text: priority.toLowerCase(), about: "" }));
  return valuesOf(field);
}

/** The fields of the catalogue; none where the page was built anew meanwhile and they can't be fetched. */
async function catalogueFields(): Promise<readonly Suggestion[]> {
  try {
    const { default: fields } = await import("eyas:fields");
    return fields.map(({ name, about }) => ({ text: name, about }));
  } catch {
    return [];
  }
}

/** The values that a field has in the journal, the most frequent first; none where the server can't tell. */
async function valuesOf(field: string): Promise<readonly Suggestion[]> {
  const known = values.get(field);
  if (known !== undefined) return known;
  const asked = api.count({ ...NO_FILTER, since: ALL_TIME }, field, MAX_SUGGESTIONS).then(
    ({ counts }) =>
      counts.flatMap(({ value, count }) =>
        value === null || value === ""
          ? []
          : [{ text: comparison("", value).replace(/^ \S+ /, ""), about: `${count} times` }],
      ),
    () => [],
  );
  values.set(field, asked);
  // New values come up while one looks.
  setTimeout(() => values.delete(field), 60_000);
  return asked;
}
