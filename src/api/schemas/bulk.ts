import { bulkActions } from "../filter/bulk.ts";
import { described, object, oneOf, optional, text, time, type Value, whole } from "../schema.ts";

/** A change of the triage of all alerts that matched a query. */
export const BulkChange = object({
  id: text(),
  time: time("Start time."),
  user: text(),
  action: oneOf([...bulkActions, "undo"]),
  query: text("The filter that selected the alerts."),
  text: optional(text("Reason and comment.")),
  state: described(
    oneOf(["running", "done", "failed", "interrupted"]),
    "`interrupted`: Eyas stopped; the alerts counted in `changed` keep their new state.",
  ),
  total: optional(whole("Number of alerts to change; missing during the search for the alerts.")),
  changed: whole("Number of alerts changed so far. Alerts that other users change in the meantime are not counted."),
  reason: optional(text("Reason for a failure.")),
  undoes: optional(text("ID of the bulk change that this change undoes.")),
  undoUntil: optional(time("Time until which the change can be undone; missing if the change cannot be undone.")),
});
export type BulkChange = Value<typeof BulkChange>;

/** Sent in event streams after a bulk change has changed alerts, instead of an event for each alert. */
export const BulkProgress = object({ bulk: text("ID of the latest bulk change.") });
export type BulkProgress = Value<typeof BulkProgress>;
