import { pastKinds } from "../exceptions/past-kinds.ts";
import { described, flag, list, object, oneOf, optional, text, time, type Value, whole } from "../schema.ts";

const change = {
  kind: described(oneOf(pastKinds), "`expired`: Eyas removed the exception because it had expired."),
  user: text("Empty if Eyas made the change."),
  time: time(),
};

const Comparison = object({ field: text(), operator: text(), values: list(text()) });

/** An exception in the exceptions file. */
const ManagedException = object({
  id: text("ID of the exception. The ID of an exception that was written by hand is derived from its text."),
  version: text("Digest of the text; required to change the exception."),
  line: whole("Line number in the file, starting at 1."),
  rule: text(),
  ruleExists: flag("Whether a rule with this name is loaded."),
  loaded: flag("Whether the exception is loaded."),
  yaml: text(),
  compares: list(
    object({
      name: text("Name of the exception of the rule."),
      alternatives: list(list(Comparison)),
      more: whole("Number of alternatives that are not listed."),
    }),
  ),
  query: optional(
    text(
      "A query that selects the alerts that the exception would have suppressed; missing if a query cannot express the exception.",
    ),
  ),
  user: optional(text("The user who added the exception; missing if it was written by hand.")),
  time: optional(time("Time when the exception was added.")),
  reason: optional(text()),
  expires: optional(time("Time when the exception is removed.")),
  changed: optional(object({ user: text(), time: time() })),
  fixed: optional(text("Reason why the exception can only be changed in the file.")),
  problem: optional(text("Problem with the owner and expiry in the file.")),
  revert: optional(described(object(change), "The last change, which can be reverted.")),
});
export type ManagedException = Value<typeof ManagedException>;

const RemovedException = object({
  ...change,
  id: text(),
  version: text("Required to revert the removal."),
  rule: text(),
  yaml: text(),
  reason: optional(text()),
  expires: optional(time("Expiry of the exception. After this time, a revert requires another expiry.")),
});
export type RemovedException = Value<typeof RemovedException>;

export const ExceptionList = object({
  file: text("Path of the exceptions file."),
  problem: optional(text("Reason why the exceptions cannot be listed or changed.")),
  exceptions: list(ManagedException),
  others: whole("Number of other items in the file. The web UI does not change these items."),
  removed: described(list(RemovedException), "Removed exceptions that can be restored, most recently removed first."),
});
export type ExceptionList = Value<typeof ExceptionList>;

/** The result of a change. */
export const AppliedException = object({
  file: text(),
  reloaded: flag(),
  ids: list(text("ID of an added or changed exception.")),
});
