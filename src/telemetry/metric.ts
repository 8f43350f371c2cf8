/** The type of a metric. The Prometheus text format exposes `unknown` as `untyped`. */
export type MetricKind = "counter" | "gauge" | "unknown" | "histogram";

/** A metric with one series per set of label values. */
export interface Metric<Label extends string = string> {
  readonly kind: MetricKind;
  /** Help text. */
  readonly help: string;
  readonly labels: readonly Label[];
}

/** A monotonically increasing value. Its name ends in `_total`. */
export function counter<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "counter", help, labels };
}

/** A value that can go up and down. */
export function gauge<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "gauge", help, labels };
}

/** A metric of unknown type, used for Falco's gauges with names that end in `_total`. */
export function untyped<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "unknown", help, labels };
}

/** A metric that counts observed values in buckets. */
export function histogram<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "histogram", help, labels };
}
