import { parseQuery } from "../../src/query/parse.ts";
import { Scanner } from "../../src/query/scan.ts";
import { sourceOf } from "../../src/query/source.ts";
import { freeText } from "../../src/query/words.ts";

/** Matches values that need no quotes. */
const BARE = /^[A-Za-z0-9_./:\\-]+$/;
/** Matches words of a query that need no quotes. */
const PLAIN_WORD = /^[\p{L}\p{N}_.-]+$/u;
const KEYWORD = /^(?:and|or|not|since|until)$/i;
const ESCAPED: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Returns a condition that selects alerts with this field value; null selects alerts without the field. */
export function comparison(field: string, value: string | null): string {
  if (value === null) return `not ${field} exists`;
  if (BARE.test(value)) return `${field} = ${value}`;
  // A quoted value cannot end with a backslash, since the parser would treat the closing quote as escaped.
  // The loop is linear in the length of the value, which an attacker may choose.
  let end = value.length;
  while (value[end - 1] === "\\") end--;
  const whole = value.slice(0, end);
  return `${field} ${whole === value ? "=" : "startswith"} ${quoted(whole)}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\b\f\n\r\t]/g, (character) => ESCAPED[character] ?? character)}"`;
}

/** Adds a condition to a query, unless the query begins or ends with it. */
export function narrowed(query: string, condition: string): string {
  const current = withQuotes(query.trim());
  if (current === "" || current === condition) return condition;
  if (mayBeDisjunction(current)) return `(${current}) and ${condition}`;
  if (current.endsWith(` and ${condition}`) || current.startsWith(`${condition} and `)) return current;
  return `${current} and ${condition}`;
}

/** Adds words that must occur in an alert to a query. @param text words, `"phrases"` and `prefixes*` */
export function withWords(query: string, text: string): string {
  let all = query;
  for (const { text: word, prefix } of freeText(text)) {
    const isPlain = PLAIN_WORD.test(word) && !KEYWORD.test(word);
    all = narrowed(all, isPlain ? `${word}${prefix ? "*" : ""}` : quoted(word));
  }
  return all;
}

/** Whether `or` joins the conditions of a query. Also true if the query is invalid. */
function mayBeDisjunction(query: string): boolean {
  try {
    return parseQuery([query])?.kind === "or";
  } catch {
    return true;
  }
}

/** Quotes the values of a query such as `rule=File read`. Only a query of one comparison needs no quotes. */
function withQuotes(query: string): string {
  if (sourceOf([query]).comparisons.size === 0) return query;
  const scanner = new Scanner(query);
  const name = scanner.takeName();
  const sign = scanner.takeSign() ?? scanner.takeColon();
  scanner.blanks();
  try {
    const values: string[] = [];
    do values.push(scanner.atQuote ? scanner.quoted() : untilComma(scanner));
    while (scanner.take(","));
    return `${name} ${sign} ${values.map(quoted).join(",")}`;
  } catch {
    return query; // the server reports the error
  }
}

function untilComma(scanner: Scanner): string {
  const { at, text } = scanner;
  const comma = text.indexOf(",", at);
  scanner.at = comma < 0 ? text.length : comma;
  return text.slice(at, scanner.at).trim();
}
