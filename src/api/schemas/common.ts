// Schemas that several answers share.
import { priorities } from "../../rule/rule.ts";
import { flag, object, oneOf, optional, orNull, text, time, type Value } from "../schema.ts";

export const cursor = orNull(text("Where the next page begins; null: nowhere."));
export const priority = oneOf(priorities);

/** Properties of answers that count alerts. */
export const searched = {
  complete: optional(flag("False if the time limit ended the count early.")),
  searched: optional(time("Start of the counted range if the count is incomplete.")),
};
const Searched = object(searched);
export type Searched = Value<typeof Searched>;

export const Done = object({ done: flag() });

/** The body of an error response. */
export const Failure = object({
  error: object({ code: text("Machine-readable code."), message: text("Human-readable message.") }),
});
export type Failure = Value<typeof Failure>;
