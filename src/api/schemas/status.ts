import { outputStates } from "../../output/state.ts";
import { flag, list, number, object, optional, orNull, text, time, type Value, whole } from "../schema.ts";

const SourceStatus = object({
  name: text(),
  events: whole(),
  rate: number("Events per second."),
  lag: orNull(number("Seconds.")),
  drops: whole("Number of events or alerts that were not evaluated or stored."),
  state: text("`up`, or `down: ` and the reason."),
  intake: optional(
    flag("Whether this source receives alerts of other installations. Its counters count alerts instead of events."),
  ),
});
export type SourceStatus = Value<typeof SourceStatus>;

export const OutputStatus = object({
  name: text(),
  state: text(
    Object.entries(outputStates)
      .flatMap(([state, { live, help }]) => (live ? [`\`${state}\`: ${help}`] : []))
      .join(" "),
  ),
  since: time("Time when the agent first observed the state."),
  waiting: whole(),
  lag: orNull(number("Seconds.")),
  rate: number("Delivered alerts per second in the last minute."),
  delivered: whole(),
  retried: whole(),
  refused: whole("Number of alerts that the receiver rejected since the agent started."),
  lost: whole("Number of alerts that will not be delivered, including the rejected alerts, since the agent started."),
  dead: whole("Number of rejected alerts in the journal, which can be sent again."),
  lastError: orNull(text()),
  lastErrorTime: orNull(time()),
});
export type OutputStatus = Value<typeof OutputStatus>;

/** An exhausted budget of responses. */
const ExhaustedBudget = object({
  budget: text("Name of the budget, or of a share of the budget."),
  until: time("Time when actions are allowed again."),
  users: text("The workloads that used most of the budget."),
});
export type ExhaustedBudget = Value<typeof ExhaustedBudget>;

const ResponseStatus = object({
  paused: flag(),
  dryRun: flag("Whether `responses.dry_run` is set: actions are only simulated."),
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
  watching: flag("Whether the agent runs; always false for `eyas page`."),
  fleet: flag("Whether the alerts are from a fleet's Elasticsearch or OpenSearch (`web_page.store`)."),
  health: list(ComponentStatus),
  sources: list(SourceStatus),
  outputs: list(OutputStatus),
  responses: ResponseStatus,
  journal: StoreFacts,
  rules: object({ loaded: whole(), warnings: whole() }),
});
export type Status = Value<typeof Status>;
