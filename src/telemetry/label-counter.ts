/** Label value of the series for all combinations above the limit. */
export const OTHER = "_other";

/** A counter by label values, such as rule and pod, with a maximum number of combinations. */
export class LabelCounter {
  /** Number of calls of `add` that were counted as {@link OTHER} because of the limit. */
  overflow = 0;
  private readonly rows = new Map<string, { readonly values: readonly string[]; count: number }>();
  /** Counts above the limit, by the values of the bounded labels. */
  private readonly others = new Map<string, { readonly values: readonly string[]; count: number }>();
  private readonly limit: number;
  private readonly bounded: number;

  /**
   * @param limit maximum number of combinations with separate counts; additional combinations are counted under {@link
   * OTHER}
   * @param bounded number of leading labels that keep their values in additional combinations. At most `limit` of the
   * resulting combinations are counted separately
   */
  constructor(limit: number, bounded = 0) {
    this.limit = limit;
    this.bounded = bounded;
  }

  /** Adds to the count of a combination of label values. @param values label values in the order of the labels */
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

  /** Returns the counts in the order in which their labels were first added. Counts above the limit come last. */
  *entries(): Generator<readonly [values: readonly string[], count: number]> {
    for (const { values, count } of this.rows.values()) yield [values, count];
    for (const { values, count } of this.others.values()) yield [values, count];
  }
}
