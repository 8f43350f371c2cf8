import type { MachineInterval } from "../../src/api/schemas/machine.ts";
import type { BarValue } from "../../ui-shared/chart/bars.tsx";

const DAY = 86_400_000;

/**
 * Returns a value for each interval of the last 24 hours; 0 for an interval without data.
 * @param interval length of an interval in seconds
 * @param now milliseconds since the epoch
 */
export function barsOf(
  history: readonly MachineInterval[],
  interval: number,
  kind: keyof Omit<MachineInterval, "time">,
  now: number,
): BarValue[] {
  const step = Math.max(60_000, interval * 1000);
  const values = new Map(history.map((one) => [Math.floor(Date.parse(one.time) / step), one[kind]]));
  const last = Math.floor(now / step);
  const number = Math.floor(DAY / step);
  return Array.from({ length: number }, (_, i) => {
    const at = last - number + 1 + i;
    return { at: at * step, value: values.get(at) ?? 0 };
  });
}
