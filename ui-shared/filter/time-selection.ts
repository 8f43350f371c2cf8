/** A selected part of the time of related alerts, in milliseconds since the epoch. */
export interface TimeSelection {
  readonly since: number;
  /** Exclusive. */
  readonly until: number;
}

/** URL parameter of the selected time: an interval in ISO 8601, `BEGIN/END`. */
export const DURING = "during";

/** Returns the selected time of a URL; undefined if there is none, or if it is invalid. */
export function selectionIn(parameters: URLSearchParams): TimeSelection | undefined {
  const [begin = "", end = "", ...more] = (parameters.get(DURING) ?? "").split("/");
  const [since, until] = [Date.parse(begin), Date.parse(end)];
  // The comparison is false if one of the bounds is not a time.
  return more.length === 0 && since < until ? { since, until } : undefined;
}

/** Returns the selected time of a URL as a parameter of another URL. */
export function keptSelection(parameters: URLSearchParams): Readonly<Record<string, string>> {
  const selection = selectionIn(parameters);
  return selection === undefined ? {} : { [DURING]: intervalText(selection) };
}

/** Returns the value of the URL parameter for a selected time. */
export function intervalText({ since, until }: TimeSelection): string {
  return `${new Date(since).toISOString()}/${new Date(until).toISOString()}`;
}

/** Whether a time is selected. Without a selection, all times are selected. */
export function isSelected(at: number, selection: TimeSelection | undefined): boolean {
  return selection === undefined || (at >= selection.since && at < selection.until);
}
