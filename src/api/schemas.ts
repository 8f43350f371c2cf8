import { priorities } from "../rule/rule.ts";
import { states } from "./filter/filter.ts";
import {
  either,
  flag,
  list,
  named,
  number,
  object,
  oneOf,
  orNull,
  record,
  type Schema,
  text,
  whole,
} from "./json-schema.ts";
import { roles } from "./users.ts";

const time = (about = ""): Schema => text(about, { pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$" });
const cursor = orNull(text("Where the next page begins; null: nowhere."));
const priority = oneOf(...priorities);
const state = oneOf(...states);

const alert = {
  id: text("A UUID of version 7."),
  time: time("With nine digits."),
  rule: text(),
  priority,
  source: text(),
  hostname: text(),
  tags: list(text()),
  output: text("The rule's output, filled in."),
  fields: record({ description: "Any JSON; whole numbers above 2^53 are texts." }),
  "received?": flag("It was posted to `alert_intake`: what it says, also of its host, is its sender's word."),
  state,
  "assignee?": text("Who brought it into its state."),
};
const searched = {
  "complete?": flag("False where not all alerts were counted: it would have taken too long."),
  "searched?": time("How far back it was counted, then."),
};
const comment = object({ time: time(), user: text(), text: text(), "state?": state });
const response = object({
  time: time(),
  response: text("The response rule."),
  action: text(),
  target: text(),
  step: text("waiting, asked, done, skipped, failed or unknown."),
  "reason?": text(),
  "duration?": number("Seconds."),
  "alert?": text("Its id."),
  "rule?": text(),
});
const mitre = list(object({ technique: text(), name: text(), tactic: text(), url: text() }));
const rule = {
  name: text(),
  source: text(),
  priority,
  tags: list(text()),
  enabled: flag(),
  file: text(),
  line: whole(),
  hits: whole("In the last 24 hours."),
  lastHit: orNull(time()),
  "nanoseconds?": number("For each event that it was asked about, where that is measured."),
  description: text(),
};

/** The shapes that answers are made of, by name. */
export const schemas: Readonly<Record<string, Schema>> = {
  Error: object({ error: object({ code: text("A word for programs."), message: text("A sentence for people.") }) }),
  Session: object({ user: text(), role: oneOf(...roles), csrf: text("What x-eyas-csrf has to hold.") }),
  Alert: object({ ...alert, comments: whole(), responses: whole() }),
  AlertPage: object({ alerts: list(named("Alert")), next: cursor }),
  AlertDetail: object({
    ...alert,
    comments: list(comment),
    responses: list(response),
    "ruleText?": object({ file: text(), line: whole(), yaml: text(), description: text() }),
    mitre,
    sentence: text("What happened, in a sentence."),
    fieldMeanings: record(text()),
  }),
  Groups: object({
    groups: list(
      object({
        rule: text(),
        priority,
        key: text("The app, the container or the program that it is about."),
        query: text("A condition that selects its alerts."),
        count: whole(),
        first: time(),
        last: time(),
        newest: named("Alert"),
      }),
    ),
    next: cursor,
    ...searched,
  }),
  Counts: object({ counts: list(object({ value: orNull(text()), count: whole() })), total: whole(), ...searched }),
  OverTime: object({
    from: time(),
    to: time(),
    step: number("Seconds."),
    series: list(object({ priority, counts: list(whole()) })),
    ...searched,
  }),
  Related: object({
    tree: list(
      object({
        pid: whole(),
        name: text(),
        cmdline: text(),
        "exepath?": text(),
        "user?": text(),
        "time?": time("When it began."),
        isAlert: flag(),
      }),
    ),
    timeline: list(
      object({
        id: text(),
        time: time(),
        rule: text(),
        priority,
        source: text(),
        output: text(),
        relation: oneOf("process", "container", "flow"),
      }),
    ),
  }),
  ConditionPart: object({
    kind: text(),
    "name?": text("Of a macro, a list or an exception."),
    text: text(),
    file: text(),
    line: whole(),
    column: whole(),
    verdict: orNull(flag("Null: what stands before it had decided already.")),
    holds: flag(),
    decided: flag("On the way from the whole to the part that decided."),
    "values?": record({ description: "What was compared, by field." }),
    "parts?": list(named("ConditionPart")),
  }),
  Explanation: either(object({ matched: named("ConditionPart") }), object({ unavailable: text("Why there is none.") })),
  Exception: object({
    yaml: text(),
    rule: text(),
    fields: list(text()),
    choices: list(text("Fields that may be chosen.")),
    hidden: object({ count: whole(), since: time(), samples: list(named("Alert")), ...searched }),
  }),
  Status: object({
    version: text(),
    hostname: text(),
    started: time(),
    watching: flag(),
    sources: list(
      object({
        name: text(),
        events: whole(),
        rate: number("Events a second."),
        lag: orNull(number("Seconds.")),
        drops: whole(),
        state: text(),
      }),
    ),
    outputs: list(
      object({
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
      }),
    ),
    responses: object({ paused: flag(), done: whole(), skipped: whole(), failed: whole(), heldBack: whole() }),
    journal: object({ alerts: whole(), bytes: whole(), oldest: orNull(time()), newest: orNull(time()) }),
    rules: object({ loaded: whole(), warnings: whole() }),
  }),
  Rules: object({ rules: list(object(rule)) }),
  Rule: object({ ...rule, yaml: text(), condition: text(), output: text(), exceptions: list(text()), mitre }),
  RuleFiles: object({
    files: list(object({ name: text(), text: text() })),
    statics: record(text()),
    sources: list(text("A source that the configuration names.")),
    switched: record(flag("Whether the configuration switches this rule on, or off, against what its file says.")),
  }),
  Coverage: object({
    tactics: list(
      object({
        id: text(),
        name: text(),
        techniques: list(
          object({ id: text(), name: text(), rules: list(text()), fired: whole("Alerts in the journal.") }),
        ),
      }),
    ),
  }),
  Samples: list(object({ name: text(), bytes: whole(), about: text() })),
  Responses: object({ responses: list(response), next: cursor }),
  Audit: object({
    entries: list(
      object({ time: time(), user: text(), address: text(), action: text(), "target?": text(), "detail?": text() }),
    ),
    next: cursor,
  }),
  Done: object({ done: flag() }),
};
