/** So many within so many milliseconds. */
export interface Rate {
  readonly most: number;
  readonly window: number;
}

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a time such as `90s`, `10m` or `0`; undefined for what is none. */
export function timeIn(text: string): number | undefined {
  const found = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text.trim());
  if (found === null) return undefined;
  if (found[2] === undefined) return Number(found[1]) === 0 ? 0 : undefined;
  return Number(found[1]) * MILLISECONDS[found[2]];
}

/** A rate such as `5/10m`; undefined for what is none. */
export function rateIn(text: string): Rate | undefined {
  const found = /^(\d{1,6}) *\/ *(\d*)(ms|s|m|h|d)$/.exec(text.trim());
  if (found === null) return undefined;
  const window = Number(found[2] || 1) * MILLISECONDS[found[3]];
  return window > 0 ? { most: Number(found[1]), window } : undefined;
}

/** Milliseconds as people write them: `10m`. */
export function timeText(milliseconds: number): string {
  for (const unit of ["d", "h", "m", "s"])
    if (milliseconds >= MILLISECONDS[unit] && milliseconds % MILLISECONDS[unit] === 0)
      return `${milliseconds / MILLISECONDS[unit]}${unit}`;
  return milliseconds === 0 ? "0" : `${milliseconds}ms`;
}

export function rateText({ most, window }: Rate): string {
  return `${most}/${timeText(window)}`;
}
