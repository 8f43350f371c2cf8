import type { WordsTest } from "../../src/query/ast.ts";

/** A part of a text, which may be a found word or phrase. */
export interface Part {
  readonly text: string;
  readonly found: boolean;
}

/** Limits, since an attacker may choose the text. */
const MAX_LENGTH = 10_000;
const MAX_FOUND = 100;
export const MAX_PHRASES = 20;

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Splits a text into parts that match phrases of a query and other parts. Only the beginning of a long text
 * is searched.
 */
export function highlightedParts(text: string, phrases: readonly WordsTest[]): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const { start, end } of foundRanges(text.slice(0, MAX_LENGTH), phrases)) {
    if (start < at) continue;
    if (start > at) parts.push({ text: text.slice(at, start), found: false });
    parts.push({ text: text.slice(start, end), found: true });
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at), found: false });
  return parts;
}

/** The ranges that match, at most {@link MAX_FOUND} per phrase, by start; the longest first. */
function foundRanges(text: string, phrases: readonly WordsTest[]): readonly Range[] {
  const tokens = [...text.matchAll(WORD)].map(({ index, 0: word }) => ({
    start: index,
    end: index + word.length,
    word: word.toLowerCase(),
  }));
  return phrases
    .slice(0, MAX_PHRASES)
    .flatMap((phrase) => (phrase.words.length === 0 ? literalRanges(text, phrase.text) : wordRanges(tokens, phrase)))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

function literalRanges(text: string, literal: string): readonly Range[] {
  const ranges: Range[] = [];
  if (literal === "") return ranges;
  for (let at = text.indexOf(literal); at >= 0 && ranges.length < MAX_FOUND; at = text.indexOf(literal, at)) {
    ranges.push({ start: at, end: at + literal.length });
    at += literal.length;
  }
  return ranges;
}

function wordRanges(
  tokens: readonly (Range & { readonly word: string })[],
  { words, prefix }: WordsTest,
): readonly Range[] {
  const ranges: Range[] = [];
  const last = words.length - 1;
  const matches = (at: number): boolean =>
    words.every((word, i) => {
      const token = tokens[at + i]?.word;
      return prefix && i === last ? token?.startsWith(word) === true : token === word;
    });
  for (let at = 0; at + last < tokens.length && ranges.length < MAX_FOUND; at++) {
    const [first, end] = [tokens[at], tokens[at + last]];
    if (first !== undefined && end !== undefined && matches(at)) ranges.push({ start: first.start, end: end.end });
  }
  return ranges;
}
