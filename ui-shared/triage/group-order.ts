import { signal } from "@preact/signals";
import type { AlertGroup } from "../../src/api/schemas/group.ts";
import { alertAddress } from "../filter/time-range.ts";

/** The list of groups that was shown last, for the links to the next and the previous group. */
const shown = signal<readonly AlertGroup[]>([]);

/** Keeps the order of a list of groups. */
export function keepGroupOrder(groups: readonly AlertGroup[]): void {
  shown.value = groups;
}

/** The group before or after another one in the list that was shown last; undefined if there is none. */
export function neighbor(group: Pick<AlertGroup, "rule" | "query">, by: 1 | -1): AlertGroup | undefined {
  const at = shown.value.findIndex(({ query }) => query === group.query);
  return at < 0 ? undefined : shown.value[at + by];
}

/** Returns the URL of the page of a group, which any of its alerts identifies, with the time range of the view. */
export function groupPageAddress(alert: string, parameters: URLSearchParams): string {
  const [path = "", query] = alertAddress(alert, parameters).split("?");
  return `${path}/group${query === undefined ? "" : `?${query}`}`;
}
