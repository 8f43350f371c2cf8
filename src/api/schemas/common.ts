// Pieces of several schemas.
import { priorities } from "../../rule/rule.ts";
import { flag, object, oneOf, optional, orNull, text, time, type Value } from "../schema.ts";

export const cursor = orNull(text("Where the next page begins; null: nowhere."));
export const priority = oneOf(priorities);

/** Properties of answers that count alerts. */
export const searched = {
  complete: optional(flag("False where not all alerts were counted: it would have taken too long.")),
  searched: optional(time("How far back it was counted, then.")),
};
const Searched = object(searched);
export type Searched = Value<typeof Searched>;

export const Done = object({ done: flag() });

/** The body of a refusal. */
export const Failure = object({
  error: object({ code: text("A word for programs."), message: text("A sentence for people.") }),
});
export type Failure = Value<typeof Failure>;
