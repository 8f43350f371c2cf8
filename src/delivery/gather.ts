import type { Alert } from "../alert/alert.ts";
import type { KeptAlert, Source } from "./lane.ts";

/** Alerts that go together. */
export interface Gathered {
  readonly alerts: readonly KeptAlert[];
  /** For each of them, the place in the journal that is reached when it is done with. */
  readonly reached: readonly number[];
  /** The place that was looked up to. */
  readonly end: number;
}

/** Alerts read at once. */
const PAGE = 1000;

/**
 * Gathers the alerts after a place that somebody wants, at most so many, however far apart they lie. Others get their turn
 * between pages.
 * @param missed told of alerts that the journal does not have any more: those after `from`, up to `to`
 */
export async function gather(
  source: Source,
  after: number,
  most: number,
  wants: (alert: Alert) => boolean,
  missed: (from: number, to: number) => void,
): Promise<Gathered> {
  const alerts: KeptAlert[] = [];
  const reached: number[] = [];
  let end = after;
  while (alerts.length < most) {
    const page = source.read(end, PAGE);
    const [oldest] = page;
    if (oldest === undefined) break;
    if (oldest.seq > end + 1) missed(end, oldest.seq - 1);
    for (const alert of page) {
      end = alert.seq;
      if (!wants(alert)) continue;
      alerts.push(alert);
      reached.push(end);
      if (alerts.length === most) break;
    }
    if (page.length < PAGE) break;
    await new Promise(setImmediate);
  }
  if (reached.length > 0) reached[reached.length - 1] = end; // what comes after the last one is not wanted
  return { alerts, reached, end };
}
