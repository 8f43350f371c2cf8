import { groupActions } from "../filter/group.ts";
import { described, flag, list, object, oneOf, optional, text, time, type Value, whole } from "../schema.ts";
import { Alert } from "./alert.ts";
import { cursor, priority, searched } from "./common.ts";

const scope = object({
  hostname: text(),
  received: flag("Whether the alerts were received from another installation."),
  contained: flag("Whether the alerts are about a process in a container."),
  namespace: optional(text("The Kubernetes namespace; missing if the alerts have no namespace.")),
  image: optional(text("The container image; missing if the alerts have no image.")),
  priority: described(priority, "The most severe priority."),
});

/** The triage of a group, apart from the states of its alerts. */
export const groupTriage = {
  assignee: optional(text("The user to whom the group is assigned.")),
  snoozedUntil: optional(time("Time until which the group is snoozed.")),
  autoClose: optional(
    object({
      user: text(),
      reason: text(),
      until: optional(time()),
      scope: described(scope, "The alerts to close: alerts with properties that match this scope."),
    }),
  ),
  notes: optional(whole("Number of comments on the group.")),
};

const group = {
  rule: text(),
  priority,
  key: text("The app, container or program of the alerts."),
  query: text("A query that selects the alerts in the group."),
  count: whole(),
  open: optional(whole("Number of open alerts; missing for a fleet.")),
  first: time(),
  last: time(),
  newest: Alert,
  ...groupTriage,
};

const AlertGroup = object({ ...group, trend: optional(list(whole("Number of alerts per interval."))) });
export type AlertGroup = Value<typeof AlertGroup>;

export const GroupPage = object({
  groups: list(AlertGroup),
  trendFrom: optional(time("Start of the first interval of `trend`.")),
  trendStep: optional(whole("Length of the intervals of `trend` in seconds.")),
  next: cursor,
  ...searched,
});
export type GroupPage = Value<typeof GroupPage>;

export const GroupChange = object({
  time: time(),
  user: text(),
  action: oneOf(groupActions),
  value: optional(text("The assignee, or the end of the snooze or of the automatic closing.")),
  text: optional(text("The reason or the comment.")),
});
export type GroupChange = Value<typeof GroupChange>;

export const GroupDetail = object({ ...group, ...searched, changes: list(GroupChange) });
export type GroupDetail = Value<typeof GroupDetail>;
