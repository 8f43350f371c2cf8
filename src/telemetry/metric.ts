/** What kind of figure a metric is; `unknown` is neither said to grow only nor to be of the moment. */
export type MetricKind = "counter" | "gauge" | "unknown" | "histogram";

/** A metric: one name, and a series for each set of values of its labels. */
export interface Metric<Label extends string = string> {
  readonly kind: MetricKind;
  /** A sentence or two for people. */
  readonly help: string;
  readonly labels: readonly Label[];
}

/** Only ever grows, until the program begins anew. Its name ends in `_total`. */
export function counter<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "counter", help, labels };
}

/** What is the case now. */
export function gauge<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "gauge", help, labels };
}

/**
 * A gauge whose name ends in `_total`, which is for counters only. The name is the reference's and has to stay, so it
 * is not said to be a gauge.
 */
export function untyped<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "unknown", help, labels };
}

/** How many of what was measured stayed under each of some bounds. */
export function histogram<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "histogram", help, labels };
}
