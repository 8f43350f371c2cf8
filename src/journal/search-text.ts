import { plainValue } from "../alert/entry.ts";
import { changesAlways } from "../field/roles.ts";

/** Private-use characters that begin the indexed words of columns and priorities. They are removed from strings. */
const FACET = "\ue000";
const PRIORITY = "\ue001";
const PRIVATE = /[\ue000\ue001]/g;

/** The FTS5 word for a shared text, made from its ID. */
export function facet(word: number): string {
  return FACET + word.toString(36);
}

/** The FTS5 word for a priority. */
export function priorityFacet(priority: number): string {
  return PRIORITY + priority;
}

/**
 * The text of an alert that is indexed: the values of its fields. The name of the rule and the words of its output,
 * which all its alerts share, are indexed by ID, which halves the index.
 * @param message undefined if it follows from the output of the rule and the values
 */
export function searchText(message: string | undefined, names: readonly string[], values: readonly string[]): string {
  let text = message ?? "";
  for (const [i, name] of names.entries()) {
    const value = changesAlways(name) ? undefined : plainValue(values[i]);
    if (value !== undefined) text += `\n${value}`;
  }
  return BEYOND_ASCII.test(text) ? cut(text) : text;
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/**
 * Splits a string into words like `wordsIn` of src/query/words.ts. The tokenizer of FTS5 uses an old version of Unicode
 * and would not separate or fold newer characters.
 */
function cut(text: string): string {
  return text
    .toLowerCase()
    .replace(PRIVATE, " ")
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, " ");
}

/** Whether FTS5 splits a word exactly like `wordsIn`. Words with combining characters can differ. */
export function isPlainWord(word: string): boolean {
  return !/\p{M}/u.test(word);
}

/** A word as an FTS5 string. */
export function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}
