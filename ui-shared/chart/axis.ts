/** Returns the upper end of an axis: the value, rounded up to 1, 2, 5 or 10 times a power of ten. */
export function roundUp(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** Possible intervals between labels on a time axis, in seconds. */
const STEPS = [
  0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800,
  259_200, 604_800, 1_209_600, 2_592_000,
];

/**
 * Returns the times of axis labels, in milliseconds since the epoch.
 * @param most maximum number of intervals between labels
 * @param offset time zone offset of the labels in minutes, positive for time zones west of UTC
 */
export function timeLabels(from: number, to: number, most: number, offset: number): number[] {
  const seconds = (to - from) / 1000;
  const step = (STEPS.find((candidate) => seconds / candidate <= most) ?? Math.ceil(seconds / most)) * 1000;
  const shift = offset * 60_000;
  const labels: number[] = [];
  for (let at = Math.ceil((from - shift) / step) * step + shift; at <= to; at += step) labels.push(at);
  return labels;
}
