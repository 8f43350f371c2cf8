// Schemas shared by several responses.
import { priorities } from "../../rule/rule.ts";
import { flag, object, oneOf, optional, orNull, text, time, type Value } from "../schema.ts";

export const cursor = orNull(text("Cursor of the next page; null on the last page."));
export const priority = oneOf(priorities);

/** Properties of responses with counts of alerts. */
export const searched = {
  complete: optional(flag("False if the time limit ended the count early.")),
  searched: optional(time("Start of the counted range if the count is incomplete.")),
  continues: optional(flag("True if the same request, sent again, counts more alerts.")),
};
const Searched = object(searched);
export type Searched = Value<typeof Searched>;

export const Done = object({ done: flag() });

/** The body of an error response. */
export const Failure = object({
  error: object({ code: text("Machine-readable code."), message: text("Human-readable message.") }),
});
export type Failure = Value<typeof Failure>;
