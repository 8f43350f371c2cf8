import { signal } from "@preact/signals";
import type { BulkAction } from "../../src/api/filter/bulk.ts";
import type { BulkChange } from "../../src/api/schemas/bulk.ts";
import { api } from "../../ui-shared/api/client.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";

/** All alerts that match a filter, as the target of a triage action. */
export interface Matching {
  readonly filter: Filter;
  /** Number of alerts; undefined if it is not known. */
  readonly count: number | undefined;
  /** ID of the newest alert that the user could see; alerts stored later are not changed. */
  readonly newest: string | undefined;
}

/** The latest bulk change made in this tab; undefined after the user has dismissed its notice. */
export const latestChange = signal<BulkChange | undefined>(undefined);
/** Error message if the progress of the latest bulk change cannot be fetched, or the change cannot be undone. */
export const changeFailure = signal("");
/** Incremented when a bulk change made in this tab has ended, so that lists are fetched again. */
export const endedChanges = signal(0);

/** Milliseconds between two requests for the progress. */
const POLL_INTERVAL = 300;

interface ChangeText {
  readonly reason?: string;
  readonly comment?: string;
}

/** Applies an action to all alerts that match. Resolves with an error message if it cannot be started. */
export function changeMatching(
  { filter, newest }: Matching,
  action: BulkAction,
  text: ChangeText = {},
): Promise<string | undefined> {
  return begin(() => api.changeAlerts(filter, { action, ...text, ...(newest !== undefined && { newest }) }));
}

/** Undoes the latest change. */
export async function undoLatest(): Promise<void> {
  const change = latestChange.peek();
  if (change?.undoUntil === undefined) return;
  changeFailure.value = (await begin(() => api.undoChange(change.id))) ?? "";
}

async function begin(send: () => Promise<BulkChange>): Promise<string | undefined> {
  try {
    const change = await send();
    changeFailure.value = "";
    latestChange.value = change;
    void follow(change);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function follow(change: BulkChange): Promise<void> {
  let current = change;
  try {
    while (current.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
      current = await api.change(change.id);
      if (latestChange.peek()?.id === change.id) latestChange.value = current;
    }
  } catch (error) {
    changeFailure.value = messageOf(error);
  }
  endedChanges.value++;
}
