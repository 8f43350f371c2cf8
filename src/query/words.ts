import type { WordsTest } from "./ast.ts";

/** The lower-case words of a text, split like full-text search. */
export function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

/** A phrase of a query. In unquoted text, a final `*` makes the last word a prefix. */
export function wordsTest(written: string, quoted: boolean): WordsTest {
  const prefix = !quoted && written.endsWith("*");
  const text = prefix ? written.slice(0, -1) : written;
  return { kind: "words", text, words: wordsIn(text), prefix };
}

/** Parses free text, in which only quotes and `*` are special: `word "two words" begin*`. */
export function freeText(text: string): WordsTest[] {
  return [...text.matchAll(/"([^"]*)"?|(\S+)/g)]
    .map(([, phrase, word]) => wordsTest(phrase ?? word ?? "", phrase !== undefined))
    .filter((test) => test.text !== "");
}
