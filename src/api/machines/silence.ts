import { isSilent, SILENT } from "./evaluate.ts";
import type { KnownMachine } from "./known-machine.ts";

/** Whether machines became silent independently, or most of them together; undefined if that is not known yet. */
export type Silence = "separate" | "together" | undefined;

/** Time without a document after which a machine may be about to become silent, in milliseconds. */
const LATE = 45_000;
/**
 * Time in which machines become silent that wrote their last documents within one interval, in milliseconds: an interval,
 * and the time between two checks.
 */
const SPREAD = 90_000;
/** Minimum number of machines that are silent together; fewer are reported separately. */
const MIN_TOGETHER = 3;

/**
 * If most machines become silent together, the store or the network is more likely the cause than the machines. Since they
 * become silent one after the other, the answer is not known as long as others may follow.
 * @param machines those that were not reported as silent
 * @param now milliseconds since the epoch
 */
export function silenceOf(machines: readonly KnownMachine[], now: number): Silence {
  const reporting = machines.filter(({ seen, isStopped }) => seen !== undefined && !isStopped);
  const silent = reporting.filter((machine) => isSilent(machine, now));
  const late = reporting.filter(({ seen = 0 }) => now - seen > LATE);
  const isMost = ({ length }: readonly KnownMachine[]): boolean =>
    length >= MIN_TOGETHER && 2 * length > reporting.length;
  if (silent.length === 0 || !isMost(late)) return "separate";
  const first = Math.min(...silent.map(({ seen = 0 }) => seen));
  if (late.length > silent.length && now - first < SILENT + SPREAD) return undefined;
  return isMost(silent) ? "together" : "separate";
}
