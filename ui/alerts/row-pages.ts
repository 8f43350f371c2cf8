import type { Alert } from "../../src/api/schemas/alert.ts";

/** A page of the list of alerts. */
export interface RowPage {
  /** Cursor of the page; undefined: the first page. */
  readonly cursor: string | undefined;
  /** Index of the first row of the page, counted over all pages. */
  start: number;
  count: number;
  /** The alerts; undefined if they are no longer in memory. */
  rows: Alert[] | undefined;
  loading: boolean;
}

/** Returns the number of the last page that starts at or before an offset. */
export function pageNumberAt(pages: readonly RowPage[], offset: number): number {
  let low = 0;
  let high = pages.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pages[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Removes alerts from pages in memory. @returns the number of rows of all pages */
export function keepRows(pages: readonly RowPage[], isKept: (alert: Alert) => boolean): number {
  let start = 0;
  for (const page of pages) {
    page.start = start;
    if (page.rows !== undefined) {
      page.rows = page.rows.filter(isKept);
      page.count = page.rows.length;
    }
    start += page.count;
  }
  return start;
}
