import { plainValue } from "../alert/entry.ts";
import { changesAlways } from "../field/roles.ts";

/** Private-use characters that mark the words of columns and priorities; texts never contain such words. */
const FACET = "\ue000";
const PRIORITY = "\ue001";
const PRIVATE = /[\ue000\ue001]/g;

/** The FTS5 word of a shared text, from its ID. */
export function facet(word: number): string {
  return FACET + word.toString(36);
}

/** The FTS5 word of a priority. */
export function priorityFacet(priority: number): string {
  return PRIORITY + priority;
}

/**
 * The indexed text of an alert: its values. Texts that all alerts of a rule share, its name and the words of its
 * output, are indexed by their ID, which halves the index.
 * @param message if it differs from the rule's output with values
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
 * Splits words as `wordsIn` of src/query/words.ts does. The tokenizer of FTS5 has an old version of Unicode: it would
 * not separate or fold newer characters.
 */
function cut(text: string): string {
  return text
    .toLowerCase()
    .replace(PRIVATE, " ")
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, " ");
}

/** Whether FTS5 splits a word exactly like `wordsIn`; combining characters can differ. */
export function isPlainWord(word: string): boolean {
  return !/\p{M}/u.test(word);
}

/** A word as FTS5 string. */
export function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}
