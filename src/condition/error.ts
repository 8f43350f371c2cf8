import type { Place } from "./ast.ts";

/** What kind of mistake a condition has; rule loaders treat some of them apart. */
export type ConditionFault =
  | "syntax"
  | "unknown-macro"
  | "macro-loop"
  | "unknown-field"
  | "unknown-event-type"
  | "mismatch";

/** A condition that cannot be used. The message is one sentence for the user, `place` says where. */
export class ConditionError extends Error {
  readonly fault: ConditionFault;
  readonly place: Place;

  constructor(fault: ConditionFault, message: string, place: Place) {
    super(message);
    this.name = "ConditionError";
    this.fault = fault;
    this.place = place;
  }
}
