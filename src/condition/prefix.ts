/** A test whether a text starts with one of many prefixes. */
export function prefixTest(prefixes: readonly string[]): (text: string) => boolean {
  const sorted = withoutLonger([...prefixes].sort());
  return (text) => {
    // As no prefix starts with another one, only the last that is not behind the text can be its start.
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
