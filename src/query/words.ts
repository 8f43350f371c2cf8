import type { WordsTest } from "./ast.ts";

/** The words of a text as full text search cuts them, in lower case. */
export function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

/** The words of a query. A `*` at the end of unquoted text ends the beginning of a word. */
export function wordsTest(written: string, quoted: boolean): WordsTest {
  const prefix = !quoted && written.endsWith("*");
  const text = prefix ? written.slice(0, -1) : written;
  return { kind: "words", text, words: wordsIn(text), prefix };
}

/** Free text, in which nothing but quotes and `*` has a meaning: `word "two words" begin*`. */
export function freeText(text: string): WordsTest[] {
  return [...text.matchAll(/"([^"]*)"?|(\S+)/g)]
    .map(([, phrase, word]) => wordsTest(phrase ?? word ?? "", phrase !== undefined))
    .filter((test) => test.text !== "");
}
