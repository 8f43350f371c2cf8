import type { Place } from "./host.ts";

/** A value of an alert's field, as JSON has it. Text is UTF-16; numbers that JavaScript can't hold are text. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

/** An alert as responses see it: what the journal keeps of it. */
export interface AnsweredAlert {
  /** UUIDv7. */
  readonly id: string;
  readonly rule: string;
  readonly priority: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly hostname: string;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** One line for people. */
  readonly output: string;
  readonly fields: ReadonlyMap<string, FieldValue>;
  /** The alert in Falco's JSON format, for receivers that want all of it. */
  readonly json: string;
  /** It was posted to us: what it says, also of where it happened, is its sender's word. */
  readonly received?: true;
}

/** What is asked of an action. */
export interface ActionRequest {
  readonly alert: AnsweredAlert;
  /** What the response rule gives, checked against {@link Action.parameters}. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The same for every try of one action for one alert: whoever is asked can tell repetitions by it. */
  readonly key: string;
  /** Says stop when the action's time is over or the program ends. */
  readonly signal: AbortSignal;
  /** Where it is done: what actions need to know of machine and program. */
  readonly place: Place;
  /** Namespaces in which nothing may be touched, also where the alert leads there from another one. Absent: none. */
  readonly spared?: readonly string[];
}

/** What became of it. Sentences are for people, hold no secret, and are shown as they are. */
export type ActionResult =
  | { readonly outcome: "done"; readonly answer: string }
  /** There was nothing to do, or it must not be done. */
  | { readonly outcome: "skipped"; readonly reason: string }
  | { readonly outcome: "failed"; readonly reason: string };

/** A kind of value that a parameter takes. `check` gives the value, or undefined where it is not acceptable. */
export interface Parameter {
  readonly about: string;
  /** For people: "true or false". */
  readonly takes: string;
  readonly required?: true;
  readonly fallback?: unknown;
  /** It is shown nowhere, not even where a rule holds it in clear. */
  readonly secret?: true;
  /** `${NAME}` in it is not ours: a script, a command, a template. Of all others it is the environment's. */
  readonly verbatim?: true;
  check(value: unknown): unknown;
}

/** Something that can be done about an alert: a file each, and a line in `actions.ts`. */
export interface Action {
  /** `host:kill`, `kubernetes:terminate`, … */
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Whether further actions of the rule follow it, where the rule doesn't say. */
  readonly continues: boolean;
  /** Doing it twice does no harm: it is done again where it is not known whether it was done. */
  readonly repeatable?: true;
  /**
   * Milliseconds for which its target is left alone after it, where nobody says otherwise; 0 where its target takes all
   * there is (a function). Absent: the configuration's.
   */
  readonly cooldown?: number;
  /** It does something to the process of the alert: processes and users that are never touched concern it. */
  readonly ofProcess?: true;
  /** The fields of alerts that it looks at: where a rule names it, alerts carry those that their source has. */
  readonly fields?: readonly string[];
  /** Fields that a rule names in its parameters. */
  fieldsIn?(parameters: Readonly<Record<string, unknown>>): readonly string[];
  /** What it needs to be allowed to do: roles, scopes, capabilities. One line each. */
  readonly permissions: readonly string[];
  /**
   * What it would be done to, in words that name it (`pod shop/web-1`): brakes count by it, and people read it.
   * @returns a sentence that says which field is missing, where the alert doesn't tell
   */
  target(
    alert: AnsweredAlert,
    parameters: Readonly<Record<string, unknown>>,
  ): { readonly target: string } | { readonly missing: string };
  /** Does it. Never throws. */
  run(request: ActionRequest): Promise<ActionResult>;
}
