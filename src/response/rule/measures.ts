/** A maximum number of actions per time window. The window is in milliseconds. */
export interface Rate {
  readonly most: number;
  readonly window: number;
}

/** Milliseconds by unit, longest unit first. */
const units: ReadonlyMap<string, number> = new Map([
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
]);

function millisecondsOf(unit: string): number {
  return units.get(unit) ?? Number.NaN;
}

/**
 * Parses a duration such as `90s`, `10m` or `0`.
 * @returns milliseconds; undefined if it is invalid
 */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text.trim());
  if (found === null) return undefined;
  const [, number, unit] = found;
  if (unit === undefined) return Number(number) === 0 ? 0 : undefined;
  return Number(number) * millisecondsOf(unit);
}

/** Parses a rate such as `5/10m`; undefined if it is invalid. */
export function parseRate(text: string): Rate | undefined {
  const found = /^(\d{1,6}) *\/ *(\d*)(ms|s|m|h|d)$/.exec(text.trim());
  if (found === null) return undefined;
  const [, most, number, unit = ""] = found;
  const window = Number(number || 1) * millisecondsOf(unit);
  return window > 0 ? { most: Number(most), window } : undefined;
}

/** Formats a duration as in configurations: `10m`. */
export function durationText(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  for (const [unit, size] of units) if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  return `${milliseconds}ms`;
}

export function rateText({ most, window }: Rate): string {
  return `${most}/${durationText(window)}`;
}
