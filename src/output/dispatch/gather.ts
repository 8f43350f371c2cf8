import type { Alert } from "../../alert/alert.ts";
import { type AlertSource, pageOf, type StoredAlert } from "./alert-source.ts";

/** Alerts to deliver in one batch. */
export interface Gathered {
  readonly alerts: readonly StoredAlert[];
  /** For each alert, the position after its delivery. */
  readonly reached: readonly number[];
  /** Position up to which the source has been read. */
  readonly end: number;
}

/** Number of alerts per read. */
const PAGE = 1000;

/**
 * Gathers up to `most` alerts for an output after a position, reading as many pages as needed. Yields between pages.
 * Only an empty page is the end of the source, because pages with long alerts are shorter than requested.
 * @param missing called with the ranges (after, up to) of alerts that the source no longer has, and with damaged alerts
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
    await new Promise(setImmediate);
  }
  // no alert between the last match and `end` is for this output
  if (reached.length > 0) reached[reached.length - 1] = end;
  return { alerts, reached, end };
}
