import type { Histogram } from "./histogram.ts";
import { type LabelsOf, type MetricName, metricNames } from "./metrics.ts";

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Histogram;
}

/** The samples of one scrape. */
export class Samples {
  private readonly byName = new Map<MetricName, Series[]>();

  /** Adds a sample; undefined values are omitted. */
  set<Name extends MetricName>(name: Name, labels: LabelsOf<Name>, value: number | Histogram | undefined): void {
    this.setWith(name, labels, {}, value);
  }

  /** Adds a sample with additional labels, which the metric does not declare. */
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

  /** Returns all samples by metric, in the order of the metrics. */
  *families(): Generator<readonly [MetricName, readonly Series[]]> {
    for (const name of metricNames) {
      const series = this.byName.get(name);
      if (series !== undefined) yield [name, series];
    }
  }
}
