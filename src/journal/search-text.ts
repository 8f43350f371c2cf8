import { plainValue } from "../alert/entry.ts";
import { changesAlways } from "../field/roles.ts";

/** Private characters that start the words of columns and priorities, so that no text contains such words. */
const FACET = "\ue000";
const PRIORITY = "\ue001";
const PRIVATE = /[\ue000\ue001]/g;

/** The word of a shared text in full text search, by its number. */
export function facet(word: number): string {
  return FACET + word.toString(36);
}

/** The word of a priority in full text search, by its number. */
export function priorityFacet(priority: number): string {
  return PRIORITY + priority;
}

/**
 * What full text search finds an alert by: its values. What is the same in all alerts of a rule, its name and the words of
 * its output, is found by the number of that text: half of the index.
 * @param message where it doesn't follow from the rule's output
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
 * Full text search knows the characters of an old Unicode: newer ones would be parts of words there, and capitals stay such.
 * So it gets words that are cut as `wordsIn` of src/query/words.ts cuts them.
 */
function cut(text: string): string {
  return text
    .toLowerCase()
    .replace(PRIVATE, " ")
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, " ");
}

/** Whether full text search is sure to cut a word just so: with combining characters it may not. */
export function isPlainWord(word: string): boolean {
  return !/\p{M}/u.test(word);
}

/** A word in the language of full text search. */
export function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}
