/** Size of a sparkline in pixels. */
export const WIDTH = 120;
export const HEIGHT = 22;

/** The bars of a sparkline as one SVG path. The highest bar has the full height; a bar has at least one pixel. */
export function sparklinePath(counts: readonly number[]): string {
  const peak = Math.max(0, ...counts);
  if (peak === 0) return "";
  const width = WIDTH / counts.length;
  const gap = width >= 2.5 ? 1 : 0;
  return counts
    .flatMap((count, i) => {
      if (count === 0) return [];
      const height = Math.max(1, Math.round((count / peak) * HEIGHT));
      return [`M${round(i * width)} ${HEIGHT}v${-height}h${round(width - gap)}v${height}z`];
    })
    .join("");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
