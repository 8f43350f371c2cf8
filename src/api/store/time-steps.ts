/** Seconds that a bar of a chart may stand for. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];

/** Seconds for each of at most so many bars over a span, also in seconds. */
export function stepFor(span: number, buckets: number): number {
  const wanted = span / buckets;
  return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 604_800) * 604_800;
}
