import { list, number, object, optional, text, time, type Value, whole } from "../schema.ts";
import { Alert } from "./alert.ts";
import { cursor } from "./common.ts";
import { OutputStatus } from "./status.ts";

/** Deliveries of an output in an interval. */
const OutputInterval = object({
  time: time("Start of the interval."),
  delivered: whole(),
  retried: whole(),
  refused: whole("Number of alerts that the receiver rejected."),
  lost: whole("Number of alerts that will not be delivered, including the rejected alerts."),
  waiting: whole("Maximum backlog, in alerts."),
  lag: number("Maximum age of the oldest alert in the backlog, in seconds."),
});
export type OutputInterval = Value<typeof OutputInterval>;

export const OutputDetail = object({
  output: OutputStatus,
  interval: whole("Length of an interval of the history, in seconds."),
  history: list(OutputInterval),
});
export type OutputDetail = Value<typeof OutputDetail>;

/** An alert that an output rejected permanently. */
export const DeadLetter = object({
  time: time("Time of the rejection."),
  reason: text(),
  alert: Alert,
});
export type DeadLetter = Value<typeof DeadLetter>;

export const DeadLetters = object({ letters: list(DeadLetter), next: cursor });
export type DeadLetters = Value<typeof DeadLetters>;

export const OutputTest = object({
  outcome: text("`delivered`, `retry` (the agent would retry the delivery) or `rejected`."),
  reason: optional(text("Reason why the alert was not delivered.")),
  milliseconds: whole("Time until the receiver responded."),
  uuid: text("ID of the test alert."),
  warnings: list(text("A warning about the receiver.")),
});
export type OutputTest = Value<typeof OutputTest>;

export const Resent = object({
  taken: whole("Number of alerts that the receiver accepted. Their dead letters are deleted."),
  left: whole("Number of alerts that were sent but not accepted."),
  reason: optional(text("Reason why the first of these alerts was not accepted.")),
  next: optional(whole("If the time limit was reached, the value of `after` for the next request.")),
});
export type Resent = Value<typeof Resent>;
