/** What a user can do with a group of alerts, besides bulk changes of its alerts. */
export const groupActions = ["assign", "snooze", "end_snooze", "auto_close", "end_auto_close", "comment"] as const;
export type GroupAction = (typeof groupActions)[number];

/** Selects groups by their triage. */
export interface GroupFilter {
  /** Groups that are assigned to a user; empty: groups that are not assigned. */
  readonly assignee?: string;
  /** Groups that are snoozed, or that are not. */
  readonly snoozed?: boolean;
}
