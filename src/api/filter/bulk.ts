import type { State } from "./state.ts";

/** Actions of bulk changes, which apply to all alerts that match a query. */
export const bulkActions = ["acknowledge", "close", "reopen", "comment"] as const;
export type BulkAction = (typeof bulkActions)[number];

/** The states of alerts to which an action applies, and the state after it; undefined if the state does not change. */
export const bulkStates: Readonly<
  Record<BulkAction, { readonly from: readonly State[]; readonly to: State | undefined }>
> = {
  acknowledge: { from: ["open"], to: "acknowledged" },
  close: { from: ["open", "acknowledged"], to: "closed" },
  reopen: { from: ["acknowledged", "closed"], to: "open" },
  comment: { from: ["open", "acknowledged", "closed"], to: undefined },
};
