import type { Histogram } from "./histogram.ts";
import { type LabelsOf, type MetricName, metricNames } from "./metrics.ts";

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Histogram;
}

/** All figures of one moment. */
export class Samples {
  private readonly byName = new Map<MetricName, Series[]>();

  /** States a figure; undefined, and it is left out. */
  set<Name extends MetricName>(name: Name, labels: LabelsOf<Name>, value: number | Histogram | undefined): void {
    this.setWith(name, labels, {}, value);
  }

  /** The same, with labels that the table does not know beside those it does. */
  setWith<Name extends MetricName>(
    name: Name,
    labels: LabelsOf<Name>,
    more: Readonly<Record<string, string>>,
    value: number | Histogram | undefined,
  ): void {
    if (value === undefined) return;
    const series = this.byName.get(name) ?? [];
    series.push({ labels: { ...more, ...labels }, value });
    this.byName.set(name, series);
  }

  /** What was stated, by metric in the order of the table. */
  *families(): Generator<readonly [MetricName, readonly Series[]]> {
    for (const name of metricNames) {
      const series = this.byName.get(name);
      if (series !== undefined) yield [name, series];
    }
  }
}
