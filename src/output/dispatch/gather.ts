import type { Alert } from "../../alert/alert.ts";
import { type AlertSource, pageOf, type StoredAlert } from "./alert-source.ts";

/** Alerts that are delivered together. */
export interface Gathered {
  readonly alerts: readonly StoredAlert[];
  /** For each alert, the position once it is delivered. */
  readonly reached: readonly number[];
  /** The position up to which the source was read. */
  readonly end: number;
}

/** Alerts read at once. */
const PAGE = 1000;

/**
 * Gathers up to `most` alerts for an output after a position, however far apart they are. Yields to other work between pages.
 * @param missing called with the ranges (after, up to) of alerts that the source no longer has, and with damaged ones
 */
export async function gather(
  source: AlertSource,
  after: number,
  most: number,
  wants: (alert: Alert) => boolean,
  missing: (ranges: readonly (readonly [number, number])[], damaged: readonly number[]) => void,
): Promise<Gathered> {
  const alerts: StoredAlert[] = [];
  const reached: number[] = [];
  let end = after;
  while (alerts.length < most) {
    const { alerts: page, reached: read, damaged } = pageOf(source, end, PAGE);
    const gaps: [number, number][] = [];
    if (page.length === 0) {
      if (read > end) missing([[end, read]], damaged);
      end = Math.max(end, read);
      break;
    }
    for (const alert of page) {
      if (alert.seq > end + 1) gaps.push([end, alert.seq - 1]);
      end = alert.seq;
      if (!wants(alert)) continue;
      alerts.push(alert);
      reached.push(end);
      if (alerts.length === most) break;
    }
    missing(gaps, damaged);
    if (page.length < PAGE) break;
    await new Promise(setImmediate);
  }
  if (reached.length > 0) reached[reached.length - 1] = end; // the alerts up to there are not for the output
  return { alerts, reached, end };
}
