/** A histogram with fixed buckets. */
export class Histogram {
  /** Upper bounds in ascending order. The last bucket has no bound. */
  readonly bounds: readonly number[];
  /** Number of values per bucket, not cumulative. The number of buckets is one more than the number of bounds. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let i = 0;
    while (value > (bounds[i] ?? Number.POSITIVE_INFINITY)) i++;
    this.counts[i] = (this.counts[i] ?? 0) + 1;
    this.sum += value;
  }
}
