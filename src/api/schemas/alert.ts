import { states } from "../filter/state.ts";
import {
  anything,
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
  id: text("A UUID of version 7."),
  time: time("With nine digits."),
  rule: text(),
  priority,
  source: text(),
  hostname: text(),
  tags: list(text()),
  output: text("The rule's output, filled in."),
  fields: record(anything("Any JSON; whole numbers above 2^53 are texts.")),
  received: optional(flag("It was posted to `alert_intake`: what it says, also of its host, is its sender's word.")),
  state,
  assignee: optional(text("Who brought it into its state.")),
};

export const Alert = object({ ...alert, comments: whole(), responses: whole() });
export type Alert = Value<typeof Alert>;

export const AlertPage = object({ alerts: list(Alert), next: cursor });
export type AlertPage = Value<typeof AlertPage>;

/** A change of an alert's state, as those who follow alerts get it. */
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
  sentence: text("What happened, in a sentence."),
  fieldMeanings: record(text()),
});
export type AlertDetail = Value<typeof AlertDetail>;

const AlertGroup = object({
  rule: text(),
  priority,
  key: text("The app, the container or the program that it is about."),
  query: text("A condition that selects its alerts."),
  count: whole(),
  first: time(),
  last: time(),
  newest: Alert,
});
export type AlertGroup = Value<typeof AlertGroup>;

export const GroupPage = object({ groups: list(AlertGroup), next: cursor, ...searched });
export type GroupPage = Value<typeof GroupPage>;

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

const TreeProcess = object({
  pid: whole(),
  name: text(),
  cmdline: text(),
  exepath: optional(text()),
  user: optional(text()),
  time: optional(time("When it began.")),
  isAlert: flag(),
});
export type TreeProcess = Value<typeof TreeProcess>;

const TimelineEntry = object({
  id: text(),
  time: time(),
  rule: text(),
  priority,
  source: text(),
  output: text(),
  relation: oneOf(["process", "container", "flow"]),
});
export type TimelineEntry = Value<typeof TimelineEntry>;

export const Related = object({ tree: list(TreeProcess), timeline: list(TimelineEntry) });
export type Related = Value<typeof Related>;

const conditionPart = {
  kind: text(),
  name: optional(text("Of a macro, a list or an exception.")),
  text: text(),
  file: text(),
  line: whole(),
  column: whole(),
  verdict: orNull(flag("Null: what stands before it had decided already.")),
  holds: flag(),
  decided: flag("On the way from the whole to the part that decided."),
  values: optional(record(anything("What was compared, by field."))),
};
const ConditionLeaf = object(conditionPart);

/** A part of a condition and its result, as `eyas explain --json` prints it. */
export const ConditionPart = object({
  ...conditionPart,
  parts: optional(list(lazy((): Schema<ConditionPart> => ConditionPart))),
});
export interface ConditionPart extends Value<typeof ConditionLeaf> {
  readonly parts?: readonly ConditionPart[];
}

export const Explanation = either([
  object({ matched: ConditionPart }),
  object({ unavailable: text("Why there is none.") }),
]);
export type Explanation = Value<typeof Explanation>;

export const ExceptionProposal = object({
  yaml: text(),
  rule: text(),
  fields: list(text()),
  choices: list(text("Fields that may be chosen.")),
  hidden: object({ count: whole(), since: time(), samples: list(Alert), ...searched }),
});
export type ExceptionProposal = Value<typeof ExceptionProposal>;
