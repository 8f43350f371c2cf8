import { limits } from "./limits.ts";

/**
 * A suggestion for an unknown word, to append to a message.
 * @returns "" if no known word is similar
 */
export function didYouMean(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? "" : ` Did you mean "${near}"?`;
}

/**
 * The known word that is most similar to a misspelled word. If several are equally similar, the one with the longest
 * common prefix. If none is similar, the shortest known word that starts with the misspelled word.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > limits.suggestion) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3));
  let shared = -1;
  let left: number = limits.suggested;
  const lower = word.toLowerCase();
  const letters = new Letters(lower);
  for (const candidate of known) {
    if (--left < 0) break;
    if (candidate === word || Math.abs(candidate.length - word.length) > least) continue;
    const other = candidate.toLowerCase();
    if (letters.leastEdits(other) > least) continue;
    const distance = edits(lower, other);
    if (distance > least || (distance === least && sharedStart(word, candidate) <= shared)) continue;
    least = distance;
    shared = sharedStart(word, candidate);
    best = candidate;
  }
  return best ?? completed(word, known);
}

/** The shortest known word with this prefix: `warning` for `warn`. */
function completed(word: string, known: Iterable<string>): string | undefined {
  if (word.length < 3) return undefined;
  const start = word.toLowerCase();
  const longer = [...known].filter((each) => each.length > word.length && each.toLowerCase().startsWith(start));
  return longer.sort((a, b) => a.length - b.length)[0];
}

function sharedStart(some: string, other: string): number {
  let length = 0;
  while (length < some.length && some[length] === other[length]) length++;
  return length;
}

/** Letter counts of a word. They rule out dissimilar words in a fraction of the time of {@link edits}. */
class Letters {
  private readonly counts = new Int16Array(128);
  private readonly length: number;

  constructor(word: string) {
    this.length = word.length;
    this.count(word, 1);
  }

  /** A lower bound of the edit distance between the words. */
  leastEdits(other: string): number {
    let shared = 0;
    for (let i = 0; i < other.length; i++) if (this.counts[other.charCodeAt(i) & 127]!-- > 0) shared++;
    this.count(other, 1);
    return Math.max(this.length, other.length) - shared;
  }

  /**
   * Adds `by` to the counter of each letter. Letters can share a counter, which can only lower the result of
   * {@link leastEdits}.
   */
  private count(word: string, by: number): void {
    for (let i = 0; i < word.length; i++) this.counts[word.charCodeAt(i) & 127]! += by;
  }
}

/** Edit distance with transpositions (optimal string alignment). */
function edits(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      const exchanged = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (exchanged) next[j] = Math.min(next[j]!, before[j - 2]! + 1);
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
