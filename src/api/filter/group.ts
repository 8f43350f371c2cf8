/** Actions of users on a group of alerts, besides bulk changes of its alerts. */
export const groupActions = ["assign", "snooze", "end_snooze", "auto_close", "end_auto_close", "comment"] as const;
export type GroupAction = (typeof groupActions)[number];

/** Selects groups by their triage. */
export interface GroupFilter {
  /** Selects groups that are assigned to this user; if empty, groups that are not assigned. */
  readonly assignee?: string;
  /** Selects groups that are snoozed (true) or not snoozed (false). */
  readonly snoozed?: boolean;
}
