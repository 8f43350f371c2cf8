/** Stands for the values of labels in a series that takes what has no room. */
export const OTHER = "_other";

/** Counts by a few texts, such as rule and pod; never more than so many combinations, whoever chooses the texts. */
export class LabelCounter {
  /** Additions that found no room for a combination of their own. */
  overflow = 0;
  private readonly rows = new Map<string, { readonly values: readonly string[]; count: number }>();
  /** The same by the texts that stay, for what found no room. */
  private readonly others = new Map<string, { readonly values: readonly string[]; count: number }>();
  private readonly limit: number;
  private readonly bounded: number;

  /**
   * @param limit combinations counted each for itself; further ones are counted together, as {@link OTHER}
   * @param bounded so many of the first texts stay even then, as long as there are no more than `limit` combinations of them
   */
  constructor(limit: number, bounded = 0) {
    this.limit = limit;
    this.bounded = bounded;
  }

  /** @param values in the order of the labels */
  add(values: readonly string[], by = 1): void {
    const key = values.join("\0");
    let row = this.rows.get(key);
    if (row === undefined && this.rows.size >= this.limit) {
      this.overflow++;
      this.addOther(values, by);
      return;
    }
    if (row === undefined) {
      row = { values, count: 0 };
      this.rows.set(key, row);
    }
    row.count += by;
  }

  private addOther(values: readonly string[], by: number): void {
    const kept = values.map((value, i) => (i < this.bounded ? value : OTHER));
    const folded = this.others.size < this.limit || this.others.has(kept.join("\0")) ? kept : values.map(() => OTHER);
    const key = folded.join("\0");
    const row = this.others.get(key) ?? { values: folded, count: 0 };
    row.count += by;
    this.others.set(key, row);
  }

  /** In the order of their first addition; what had no room comes last. */
  *entries(): Generator<readonly [values: readonly string[], count: number]> {
    for (const { values, count } of this.rows.values()) yield [values, count];
    for (const { values, count } of this.others.values()) yield [values, count];
  }
}
