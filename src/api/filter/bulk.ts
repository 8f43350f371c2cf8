import type { State } from "./state.ts";

/** What a bulk change does with all alerts that match a query. */
export const bulkActions = ["acknowledge", "close", "reopen", "comment"] as const;
export type BulkAction = (typeof bulkActions)[number];

/** The states of alerts to which an action applies, and the state after it; undefined if the state stays. */
export const bulkStates: Readonly<
  Record<BulkAction, { readonly from: readonly State[]; readonly to: State | undefined }>
> = {
  acknowledge: { from: ["open"], to: "acknowledged" },
  close: { from: ["open", "acknowledged"], to: "closed" },
  reopen: { from: ["acknowledged", "closed"], to: "open" },
  comment: { from: ["open", "acknowledged", "closed"], to: undefined },
};
