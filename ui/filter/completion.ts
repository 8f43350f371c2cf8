import { OPERATORS } from "../../src/condition/lex.ts";
import { priorities } from "../../src/rule/rule.ts";
import { api } from "../api/client.ts";
import { type Expected, expectedAt } from "./expected.ts";
import { EVER, NO_FILTER } from "./filter.ts";
import { comparison } from "./narrow.ts";

/** One thing that can be put where the caret is. */
export interface Offer {
  /** Put in place of the word that the caret is in. */
  readonly text: string;
  readonly about: string;
}

export interface Offers {
  readonly expected: Expected;
  readonly offers: readonly Offer[];
}

/** What every alert has beside its fields. */
export const ALERT_FIELDS: readonly Offer[] = [
  { text: "rule", about: "The rule that fired" },
  { text: "priority", about: "How bad it is: emergency to debug" },
  { text: "source", about: "Where the event came from" },
  { text: "tags", about: "The rule's tags" },
  { text: "hostname", about: "The machine" },
  { text: "uuid", about: "The alert's own identifier" },
];

const ABOUT_OPERATORS: Readonly<Record<string, string>> = {
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

const MOST = 50;
const values = new Map<string, Promise<readonly Offer[]>>();

/** What can stand at the caret, best first; at most 50. Asks the server for the values that occur in the journal. */
export async function offersAt(text: string, caret: number): Promise<Offers> {
  const expected = expectedAt(text, caret);
  const all = await offersFor(expected);
  const written = expected.written.replace(/^["']/, "").toLowerCase();
  const begins = all.filter((offer) => plain(offer).startsWith(written));
  const holds = written === "" ? [] : all.filter((offer) => plain(offer).indexOf(written) > 0);
  const offers = [...begins, ...holds].slice(0, MOST);
  return { expected, offers: offers.length === 1 && offers[0].text === expected.written ? [] : offers };
}

function plain({ text }: Offer): string {
  return text.replace(/^"/, "").toLowerCase();
}

async function offersFor({ kind, field }: Expected): Promise<readonly Offer[]> {
  if (kind === "field") {
    return [...ALERT_FIELDS, ...(await namedFields()), { text: "not", about: "turns round what follows" }];
  }
  if (kind === "operator") return OPERATORS.map((text) => ({ text, about: ABOUT_OPERATORS[text] ?? "" }));
  if (kind === "junction") {
    return [
      { text: "and", about: "both hold" },
      { text: "or", about: "one of them holds" },
    ];
  }
  if (field === "priority") return priorities.map((priority) => ({ text: priority.toLowerCase(), about: "" }));
  return occurring(field);
}

/** The fields of the catalogue; none where the page was built anew meanwhile and they can't be fetched. */
async function namedFields(): Promise<readonly Offer[]> {
  try {
    const { default: fields } = await import("eyas:fields");
    return fields.map(({ name, about }) => ({ text: name, about }));
  } catch {
    return [];
  }
}

/** The values that a field has in the journal, the most frequent first; none where the server can't tell. */
async function occurring(field: string): Promise<readonly Offer[]> {
  const known = values.get(field);
  if (known !== undefined) return known;
  const asked = api.count({ ...NO_FILTER, since: EVER }, field, MOST).then(
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
