import { compact } from "../text/number.ts";

/** Maximum number of steps of a heat scale. */
const STEPS = 5;

/** Factors between two steps: 1, 2, 4, …; 1, 3, 10, …; 1, 10, 100, …; 1, 100, 10000, …. */
const FACTORS = [2, Math.sqrt(10), 10, 100, 10_000];

/** The lowest counts of the steps of a heat scale, ascending, for counts up to `maximum`. */
export function heatSteps(maximum: number): readonly number[] {
  const factor = FACTORS.find((one) => one ** STEPS > maximum) ?? 1e6;
  return Array.from({ length: STEPS }, (_, i) => Math.round(factor ** i)).filter((least) => least <= maximum);
}

/** The step of a count, starting at 1; 0 if there is nothing. */
export function heatOf(count: number, steps: readonly number[]): number {
  return steps.filter((least) => count >= least).length;
}

/** The range of counts of a step, such as `3–9` or `100 or more`. */
export function heatLabel(step: number, steps: readonly number[]): string {
  const least = steps[step - 1] ?? 0;
  const next = steps[step];
  if (next === undefined) return `${compact(least)} or more`;
  return next - least === 1 ? compact(least) : `${compact(least)}–${compact(next - 1)}`;
}
