/** Allowed steps of a chart in seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];

/** The smallest step in seconds that divides a span, also in seconds, into at most `buckets` bars. */
export function stepFor(span: number, buckets: number): number {
  const wanted = span / buckets;
  return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 604_800) * 604_800;
}
