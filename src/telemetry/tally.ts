/** Stands for the values of all labels in the series that takes what has no room. */
export const OTHER = "_other";

/** Counts by a few texts, such as rule and priority; never more than so many combinations, whoever chooses the texts. */
export class Tally {
  /** Additions that found no room for a combination of their own. */
  folded = 0;
  private readonly rows = new Map<string, { readonly values: readonly string[]; count: number }>();
  private readonly limit: number;

  /** @param limit combinations counted each for itself; further ones are counted together, as {@link OTHER} */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** @param values in the order of the labels */
  add(values: readonly string[], by = 1): void {
    const key = values.join("\0");
    let row = this.rows.get(key);
    if (row === undefined && this.rows.size >= this.limit) {
      this.folded++;
      this.other.values = values.map(() => OTHER);
      this.other.count += by;
      return;
    }
    if (row === undefined) {
      row = { values, count: 0 };
      this.rows.set(key, row);
    }
    row.count += by;
  }
  private readonly other: { values: readonly string[]; count: number } = { values: [], count: 0 };

  /** In the order of their first addition; what had no room comes last. */
  *entries(): Generator<readonly [values: readonly string[], count: number]> {
    for (const { values, count } of this.rows.values()) yield [values, count];
    if (this.other.count > 0) yield [this.other.values, this.other.count];
  }
}
