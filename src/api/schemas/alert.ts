import { states } from "../filter/state.ts";
import {
  anything,
  described,
  either,
  flag,
  lazy,
  list,
  number,
  object,
  oneOf,
  optional,
  orNull,
  record,
  type Schema,
  text,
  time,
  type Value,
  whole,
} from "../schema.ts";
import { cursor, priority, searched } from "./common.ts";
import { ResponseRecord } from "./response.ts";

const state = oneOf(states);

const alert = {
  id: text("A UUIDv7."),
  time: time("Time in ISO 8601, with nine fractional digits."),
  rule: text(),
  priority,
  source: text(),
  hostname: text(),
  tags: list(text()),
  output: text("The rule's output with field values."),
  fields: record(anything("Any JSON value. Integers above 2^53 are strings.")),
  received: optional(
    flag("Received through `alert_intake`; the content of the alert, including the host name, is unverified."),
  ),
  state,
  assignee: optional(text("The user who set the state.")),
};

export const Alert = object({ ...alert, comments: whole(), responses: whole() });
export type Alert = Value<typeof Alert>;

export const AlertPage = object({
  alerts: list(Alert),
  next: cursor,
  follow: optional(
    text("On the first page: value of `follow` in `/events` for a stream of all subsequent alerts and state changes."),
  ),
});
export type AlertPage = Value<typeof AlertPage>;

/** A state change of an alert, as sent in event streams. */
export const StateChange = object({ id: text(), state, user: text() });
export type StateChange = Value<typeof StateChange>;

const Comment = object({ time: time(), user: text(), text: text(), state: optional(state) });
export type Comment = Value<typeof Comment>;

export const mitre = list(object({ technique: text(), name: text(), tactic: text(), url: text() }));

export const AlertDetail = object({
  ...alert,
  comments: list(Comment),
  responses: list(ResponseRecord),
  ruleText: optional(object({ file: text(), line: whole(), yaml: text(), description: text() })),
  mitre,
  sentence: text("One-sentence summary."),
  fieldMeanings: record(text()),
  fieldTimes: described(record(time()), "ISO times of fields that contain nanoseconds since the epoch."),
});
export type AlertDetail = Value<typeof AlertDetail>;

export const Counts = object({
  counts: list(object({ value: orNull(text()), count: whole() })),
  total: whole(),
  ...searched,
});
export type Counts = Value<typeof Counts>;

export const OverTime = object({
  from: time(),
  to: time(),
  step: number("Seconds."),
  series: list(object({ priority, counts: list(whole()) })),
  ...searched,
});
export type OverTime = Value<typeof OverTime>;

export const RulesOverTime = object({
  from: time(),
  to: time(),
  step: number("Seconds."),
  rules: list(object({ rule: text(), counts: list(whole()) })),
  more: flag("Whether more rules have alerts than are listed. The listed rules have the most alerts."),
  ...searched,
});
export type RulesOverTime = Value<typeof RulesOverTime>;

const TreeProcess = object({
  pid: whole(),
  name: text(),
  cmdline: text(),
  exepath: optional(text()),
  user: optional(text()),
  time: optional(time("Start time.")),
  isAlert: flag(),
});
export type TreeProcess = Value<typeof TreeProcess>;

const TimelineEntry = object({
  id: text(),
  time: time(),
  rule: text(),
  priority,
  source: text(),
  hostname: text(),
  output: text(),
  relation: described(
    oneOf(["process", "container", "flow", "request", "call", "pod"]),
    "`request`: an API request about the pod; `call`: an API request from the pod; `pod`: a process in the pod that the request is about.",
  ),
  process: optional(object({ pid: whole("0 if unknown."), name: text() })),
  container: optional(object({ id: text("`host` outside containers."), name: text("Empty if unknown.") })),
});
export type TimelineEntry = Value<typeof TimelineEntry>;

const Actors = object({
  users: list(text("A Kubernetes user, or several possible users.")),
  certain: flag("False if another user may have sent the request."),
  late: flag("Whether the users are derived from alerts about API requests instead of the alert itself."),
});

export const Related = object({
  tree: list(TreeProcess),
  timeline: list(TimelineEntry),
  more: flag("Whether there are more related alerts than the timeline contains."),
  actors: optional(Actors),
});
export type Related = Value<typeof Related>;

const conditionPart = {
  kind: text(),
  name: optional(text("Name of a macro, list or exception.")),
  text: text(),
  file: text(),
  line: whole(),
  column: whole(),
  verdict: orNull(flag("Null if the part was not evaluated because an earlier part determined the result.")),
  holds: flag(),
  decided: flag("Whether the part is on the path from the condition to the part that determined the result."),
  values: optional(record(anything("Compared values by field."))),
};
const ConditionLeaf = object(conditionPart);

/** A part of a condition with its result, as `eyas explain --json` prints it. */
export const ConditionPart = object({
  ...conditionPart,
  parts: optional(list(lazy((): Schema<ConditionPart> => ConditionPart))),
});
export interface ConditionPart extends Value<typeof ConditionLeaf> {
  readonly parts?: readonly ConditionPart[];
}

export const Explanation = either([
  object({ matched: ConditionPart }),
  object({ unavailable: text("Reason why there is no explanation.") }),
]);
export type Explanation = Value<typeof Explanation>;

export const ExceptionProposal = object({
  yaml: text(),
  rule: text(),
  fields: list(text()),
  choices: list(text("Fields that can be compared.")),
  alternatives: described(
    list(object({ fields: list(text()), query: text() })),
    "Exceptions that compare other fields, the most specific first, with queries that select the alerts that they would have suppressed.",
  ),
  query: text("A query that selects the alerts that the exception would have suppressed."),
  hidden: object({ count: whole(), since: time(), samples: list(Alert), ...searched }),
});
export type ExceptionProposal = Value<typeof ExceptionProposal>;
