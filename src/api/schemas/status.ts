import { flag, list, number, object, orNull, text, time, type Value, whole } from "../schema.ts";

const SourceStatus = object({
  name: text(),
  events: whole(),
  rate: number("Events per second."),
  lag: orNull(number("Seconds.")),
  drops: whole(),
  state: text(),
});
export type SourceStatus = Value<typeof SourceStatus>;

const OutputStatus = object({
  name: text(),
  state: text(),
  waiting: whole(),
  lag: orNull(number("Seconds.")),
  delivered: whole(),
  retried: whole(),
  refused: whole(),
  lost: whole(),
  dead: whole(),
  lastError: orNull(text()),
});
export type OutputStatus = Value<typeof OutputStatus>;

/** An exhausted budget of responses. */
const ExhaustedBudget = object({
  budget: text("The budget, or a share of the budget."),
  until: time("Time from which actions are allowed again."),
  users: text("The workloads that used most of the budget."),
});
export type ExhaustedBudget = Value<typeof ExhaustedBudget>;

const ResponseStatus = object({
  paused: flag(),
  exhausted: list(ExhaustedBudget),
  done: whole(),
  skipped: whole(),
  failed: whole(),
  heldBack: whole(),
});
export type ResponseStatus = Value<typeof ResponseStatus>;

const StoreFacts = object({ alerts: whole(), bytes: whole(), oldest: orNull(time()), newest: orNull(time()) });
export type StoreFacts = Value<typeof StoreFacts>;

const ComponentStatus = object({
  name: text(),
  state: text("`ok`, `degraded` or `failed`."),
  reason: text("Reason for the state. Empty if the state is `ok`."),
  since: time(),
});
export type ComponentStatus = Value<typeof ComponentStatus>;

export const Status = object({
  version: text(),
  hostname: text(),
  started: time(),
  watching: flag(),
  health: list(ComponentStatus),
  sources: list(SourceStatus),
  outputs: list(OutputStatus),
  responses: ResponseStatus,
  journal: StoreFacts,
  rules: object({ loaded: whole(), warnings: whole() }),
});
export type Status = Value<typeof Status>;
