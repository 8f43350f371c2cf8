import { caseActions } from "../filter/case.ts";
import { flag, list, object, oneOf, optional, text, time, type Value, whole } from "../schema.ts";
import { Alert } from "./alert.ts";
import { cursor, priority } from "./common.ts";

const summary = {
  id: text(),
  title: text(),
  owner: optional(text()),
  closed: flag(),
  opened: time(),
  user: text("The user who opened the case."),
  updated: time("Time of the last change."),
  alerts: whole("Number of alerts in the case."),
  groups: whole("Number of groups in the case."),
};

export const CaseSummary = object(summary);
export type CaseSummary = Value<typeof CaseSummary>;

export const CasePage = object({ cases: list(CaseSummary), next: cursor });
export type CasePage = Value<typeof CasePage>;

const CaseItem = object({
  id: text("ID of the alert, or of an alert of the group."),
  kind: oneOf(["alert", "group"]),
  label: text("The rule and the workload or process."),
  added: time(),
  user: text("The user who added the item."),
  alert: optional(Alert),
  group: optional(
    object({
      query: text("A query that selects the alerts in the group."),
      priority,
      count: whole(),
      open: optional(whole()),
      first: time(),
      last: time(),
    }),
  ),
});
export type CaseItem = Value<typeof CaseItem>;

export const CaseChange = object({
  time: time(),
  user: text(),
  action: oneOf(caseActions),
  value: optional(text("The owner, or the ID of the alert.")),
  text: optional(text("The title, the comment, the reason, or the rule and workload of the alert.")),
});
export type CaseChange = Value<typeof CaseChange>;

export const CaseDetail = object({ ...summary, items: list(CaseItem), changes: list(CaseChange) });
export type CaseDetail = Value<typeof CaseDetail>;
