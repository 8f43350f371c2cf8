import { plainValue } from "../alert/entry.ts";
import { changesAlways } from "../field/roles.ts";

/**
 * Private-use characters with which indexed words for shared strings and priorities begin. They are removed from all
 * other indexed text.
 */
const FACET = "\ue000";
const PRIORITY = "\ue001";
const PRIVATE = /[\ue000\ue001]/g;

/** The indexed word that represents a shared string, made from the ID of the string. */
export function facet(word: number): string {
  return FACET + word.toString(36);
}

/** The indexed word that represents a priority. */
export function priorityFacet(priority: number): string {
  return PRIORITY + priority;
}

/**
 * The indexed text of an alert: its message, if `message` is set, and the values of its fields, except fields that
 * differ in each alert. The rule name and the output, which all alerts of the rule share, are indexed only by their
 * IDs, which halves the size of the index.
 * @param message undefined if the message can be built from the output of the rule and the values
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
 * Puts spaces between the words of a string, and makes them lower-case, in the same way as `wordsIn` in
 * src/query/words.ts. The tokenizer of FTS5 is not sufficient, because it uses an old version of Unicode and does not
 * split or fold newer characters.
 */
function cut(text: string): string {
  return text
    .toLowerCase()
    .replace(PRIVATE, " ")
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, " ");
}

/** Whether FTS5 indexes a word exactly as `wordsIn` returns it. Words with combining characters may differ. */
export function isPlainWord(word: string): boolean {
  return !/\p{M}/u.test(word);
}

/** Quotes a word as an FTS5 string. */
export function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}
