/** Actions of users on a case. */
export const caseActions = [
  "open",
  "rename",
  "assign",
  "add_alert",
  "add_group",
  "remove_alert",
  "remove_group",
  "comment",
  "close",
  "reopen",
] as const;
export type CaseAction = (typeof caseActions)[number];
