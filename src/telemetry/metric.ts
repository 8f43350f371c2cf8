/** The type of a metric; `unknown` is exposed as untyped. */
export type MetricKind = "counter" | "gauge" | "unknown" | "histogram";

/** A metric with a series for each set of label values. */
export interface Metric<Label extends string = string> {
  readonly kind: MetricKind;
  /** Help text. */
  readonly help: string;
  readonly labels: readonly Label[];
}

/** A value that only grows, until a restart. Its name ends in `_total`. */
export function counter<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "counter", help, labels };
}

/** A value of this moment. */
export function gauge<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "gauge", help, labels };
}

/**
 * A gauge whose name ends in `_total`, which is for counters only. The name is Falco's, so its type is left unknown.
 */
export function untyped<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "unknown", help, labels };
}

/** Counts of measured values by upper bounds. */
export function histogram<const Label extends string = never>(help: string, ...labels: Label[]): Metric<Label> {
  return { kind: "histogram", help, labels };
}
