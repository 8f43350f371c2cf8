import type { OverTime } from "../../src/api/schemas/alert.ts";
import { priorities } from "../../src/rule/rule.ts";
import type { TimeSelection } from "../filter/time-selection.ts";
import type { Lane, LaneAlert } from "./lanes.ts";

/** Width and height of the area of a mark that takes clicks, in pixels; with a count, it is wider. */
export const MARK_SIZE = 24;
/** Width of a digit of the count, and the space after the count. */
const DIGIT = 7;
const COUNT_MARGIN = 4;
/** Maximum number of intervals in the chart of all alerts. */
const BUCKETS = 80;
/** Shares of the time before the first and after the last alert, so that their marks are not cut off. */
const BEFORE = 0.05;
const AFTER = 0.1;

/** Alerts of a lane that share a mark, since separate marks would overlap. */
export interface Mark {
  readonly key: string;
  /** Center of the symbol, in pixels. */
  readonly x: number;
  /** Positions of the first and the last alert, in pixels. */
  readonly from: number;
  readonly to: number;
  /** Oldest first. */
  readonly alerts: readonly LaneAlert[];
}

/** Width of a mark in pixels. Its symbol is at the left, its count at the right. */
export function markWidth({ alerts: { length } }: Pick<Mark, "alerts">): number {
  return length > 1 ? MARK_SIZE + DIGIT * `${length}`.length + COUNT_MARGIN : MARK_SIZE;
}

/**
 * The marks of a lane from left to right, without overlaps: marks that would overlap are folded into one, between their
 * alerts.
 * @param alerts oldest first
 */
export function marksOf(alerts: readonly LaneAlert[], xOfTime: (at: number) => number): readonly Mark[] {
  const marks: Mark[] = [];
  for (const alert of alerts) {
    const x = xOfTime(alert.at);
    let mark: Mark = { key: alert.id, x, from: x, to: x, alerts: [alert] };
    for (let last = marks.at(-1); last !== undefined && last.x + markWidth(last) > mark.x; last = marks.at(-1)) {
      marks.pop();
      const { from } = last;
      mark = { key: last.key, x: (from + mark.to) / 2, from, to: mark.to, alerts: [...last.alerts, ...mark.alerts] };
    }
    marks.push(mark);
  }
  return marks;
}

/** Returns the time range that selects exactly the alerts of a mark, and alerts of other lanes in the same range. */
export function timeOf({ alerts }: Pick<Mark, "alerts">): TimeSelection {
  const [first, last] = [alerts[0]?.at ?? 0, alerts.at(-1)?.at ?? 0];
  return { since: first, until: last + 1 };
}

/** The number of alerts over time, for the chart below the lanes, with times in milliseconds since the epoch. */
export interface Histogram extends Pick<OverTime, "from" | "step" | "series"> {
  readonly begin: number;
  readonly end: number;
}

/**
 * Counts alerts in intervals of whole milliseconds.
 * @param range the part of the time to show; undefined: the time of all alerts
 */
export function histogramOf(alerts: readonly LaneAlert[], range: TimeSelection | undefined): Histogram {
  const [first, last] = [alerts[0]?.at ?? 0, alerts.at(-1)?.at ?? 0];
  // A range from the URL may not overlap the time of the alerts.
  const since = Math.max(first, Math.min(last, range?.since ?? first));
  const until = Math.max(since, Math.min(last + 1, range?.until ?? last + 1));
  const span = Math.max(until - since, 20);
  const begin = Math.floor(since - span * BEFORE);
  const step = Math.max(1, Math.ceil((span * (1 + BEFORE + AFTER)) / BUCKETS));
  const buckets = Math.ceil((since + span * (1 + AFTER) - begin) / step);
  const series = priorities.map((priority) => ({ priority, counts: new Array<number>(buckets).fill(0) }));
  for (const { at, priority } of alerts) {
    const counts = series[priorities.indexOf(priority)]?.counts;
    const bucket = Math.floor((at - begin) / step);
    const count = counts?.[bucket];
    if (counts !== undefined && count !== undefined) counts[bucket] = count + 1;
  }
  return { begin, end: begin + buckets * step, from: new Date(begin).toISOString(), step: step / 1000, series };
}

/** The lanes with the marks of their alerts. */
export type MarkedLane = Lane & { readonly marks: readonly Mark[] };

/** The mark to which a key moves; undefined if the key moves to no other mark. */
export function markAfter(key: string, lanes: readonly MarkedLane[], current: Mark): Mark | undefined {
  const row = lanes.findIndex(({ marks }) => marks.includes(current));
  const marks = lanes[row]?.marks ?? [];
  const at = marks.indexOf(current);
  switch (key) {
    case "ArrowRight":
      return marks[at + 1];
    case "ArrowLeft":
      return marks[at - 1];
    case "Home":
      return at === 0 ? undefined : marks[0];
    case "End":
      return at === marks.length - 1 ? undefined : marks.at(-1);
    case "ArrowDown":
      return nearest(lanes.slice(row + 1), current);
    case "ArrowUp":
      return nearest(lanes.slice(0, row).reverse(), current);
    default:
      return undefined;
  }
}

/** The mark closest in time in the first of these lanes that has marks. */
function nearest(lanes: readonly MarkedLane[], { x }: Mark): Mark | undefined {
  const lane = lanes.find(({ marks }) => marks.length > 0);
  return lane?.marks.toSorted((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x))[0];
}
