import type { WordsTest } from "./ast.ts";

/** Splits a string into lower-case words, in the same way as full-text search. */
export function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

/** Parses a phrase of a query. In unquoted text, a final `*` makes the last word a prefix. */
export function wordsTest(written: string, quoted: boolean): WordsTest {
  const prefix = !quoted && written.endsWith("*");
  const text = prefix ? written.slice(0, -1) : written;
  return { kind: "words", text, words: wordsIn(text), prefix };
}

/** Parses free text. Only quotes and `*` are special: `word "two words" begin*`. */
export function freeText(text: string): WordsTest[] {
  return [...text.matchAll(/"([^"]*)"?|(\S+)/g)]
    .map(([, phrase, word]) => wordsTest(phrase ?? word ?? "", phrase !== undefined))
    .filter((test) => test.text !== "");
}
