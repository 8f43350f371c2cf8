/** A test whether a text starts with one of many prefixes. */
export function prefixTest(prefixes: readonly string[]): (text: string) => boolean {
  const sorted = withoutLonger([...prefixes].sort());
  return (text) => {
    // No prefix starts with another one, so only the last that sorts before the text, or is equal to it, can match.
    let from = 0;
    let to = sorted.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (sorted[middle]! <= text) from = middle + 1;
      else to = middle;
    }
    return from > 0 && text.startsWith(sorted[from - 1]!);
  };
}

/** Sorted prefixes without those that start with another one. */
function withoutLonger(sorted: readonly string[]): string[] {
  const kept: string[] = [];
  for (const prefix of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}
