import { isSilent, SILENT } from "./evaluate.ts";
import type { KnownMachine } from "./known-machine.ts";

/**
 * Whether machines became silent separately, or most machines became silent together; undefined if this is not known
 * yet.
 */
export type Silence = "separate" | "together" | undefined;

/** Time without a document after which a machine may become silent soon, in milliseconds. */
const LATE = 45_000;
/**
 * Maximum time between the first and the last of several machines that become silent together, in milliseconds: the
 * interval between documents, plus the time between two checks.
 */
const SPREAD = 90_000;
/** Minimum number of machines to report together. Fewer silent machines are reported separately. */
const MIN_TOGETHER = 3;

/**
 * Determines whether most machines became silent together, in which case the cause is more likely the store or the
 * network than the machines. Machines become silent one after another, so the result is undefined while more machines
 * may become silent.
 * @param machines machines that were not reported as silent
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
