import { clockText, isoText } from "../field/time.ts";
import type { Observed } from "../machine/observed.ts";
import type { Template, TemplateField } from "../rule/output.ts";
import type { Priority, Rule } from "../rule/rule.ts";
import type { Background } from "./background.ts";

/** Options that control how alerts are printed. */
export interface AlertOptions {
  readonly hostname: string;
  /** Whether to print times in ISO 8601, as `2026-07-30T12:34:56.000000000+0000`, instead of the local time of day. */
  readonly isoTime: boolean;
  /** Whether the JSON includes the text, the message (the text without time and priority), the fields, and the tags. */
  readonly includeOutput: boolean;
  readonly includeMessage: boolean;
  readonly includeFields: boolean;
  readonly includeTags: boolean;
}

export const defaultAlertOptions: AlertOptions = {
  hostname: "",
  isoTime: false,
  includeOutput: true,
  includeMessage: false,
  includeFields: true,
  includeTags: true,
};

/** The alert of a match. It contains no reference to the event, because events are reused after their evaluation. */
export interface Alert {
  /** UUID with which receivers can detect duplicates. Set when the alert is stored in the journal. */
  id?: string;
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  readonly tags: readonly string[];
  /** Time of the event, in nanoseconds since the epoch. */
  readonly time: bigint;
  /** The rule's output with field values. */
  readonly message: string;
  /** Human-readable line: time, priority, message. Without a trailing newline. */
  readonly text: string;
  /** JSON line with sorted keys. Without a trailing newline. */
  readonly json: string;
  /** The parts of the alert that make up `json`, if available. */
  readonly parts?: AlertParts;
  /** Details that are stored in the journal but not printed. */
  background?: Background;
  /** Set if the alert was received from another installation. All values are from the sender and unverified. */
  readonly received?: true;
  /** See {@link RuleAlert.identity}. */
  readonly identity?: string;
  /** Number of matches that this alert represents, in addition to its own match (src/alert/folding/). */
  readonly repeats?: number;
  /** URL of the alert in the web UI. Set for outputs if `web_page.public_url` is set. */
  readonly link?: string;
  /** Set if folding delayed the alert to count subsequent matches. */
  delayed?: true;
}

/** The parts of an alert, including those that the print options exclude from its JSON. */
export interface AlertParts {
  readonly hostname: string;
  /** The rule's output, with `%field` placeholders. */
  readonly output: string;
  /** Names of the fields, sorted. */
  readonly names: readonly string[];
  /** Values of the fields as JSON, in the order of the names. */
  readonly values: readonly string[];
}

/** A function that creates the alert for a match of one rule. */
export type Raise = (event: Observed) => RuleAlert;

/**
 * Prepares a function that creates the alerts of a rule.
 * @param extra fields to include in addition to the fields of the output
 * @param optional fields that are included only if the event has a value for them
 */
export function prepareAlert(
  rule: Rule,
  template: Template,
  extra: readonly TemplateField[],
  options: AlertOptions,
  optional: readonly TemplateField[] = [],
): Raise {
  const shared = new SharedParts(rule, template, extra, options);
  const own = new Set(shared.fieldNames);
  const sparse = optional.filter(({ name }) => !own.has(name));
  if (sparse.length === 0) return (event) => new RuleAlert(shared, event);
  /** Shared parts of alerts, by the names of the optional fields for which the event has a value. */
  const sharedBy = new Map<string, SharedParts>([["", shared]]);
  return (event) => {
    const there = sparse.filter((field) => !EMPTY.has(field.json(event)));
    const key = there.map(({ name }) => name).join("\n");
    let parts = sharedBy.get(key);
    if (parts === undefined) {
      parts = new SharedParts(rule, template, [...extra, ...there], options);
      sharedBy.set(key, parts);
    }
    return new RuleAlert(parts, event);
  };
}

/** JSON values that are considered missing or empty. */
const EMPTY: ReadonlySet<string> = new Set(["null", '""', "[]"]);

const TIME = "evt.time";
const ISO_TIME = "evt.time.iso8601";

/** Parts that all alerts of a rule share. */
class SharedParts {
  readonly rule: Rule;
  readonly template: Template;
  readonly options: AlertOptions;
  readonly fields: readonly TemplateField[];
  readonly fieldNames: readonly string[];
  /** JSON before the value of each field: comma, name and colon. */
  readonly names: readonly string[];
  /** The part of the JSON before the message. */
  readonly head: string;
  /** The part of the JSON from `priority` to `tags`. */
  readonly tail: string;

  constructor(rule: Rule, template: Template, extra: readonly TemplateField[], options: AlertOptions) {
    this.rule = rule;
    this.template = template;
    this.options = options;
    const byName = new Map<string, TemplateField>();
    for (const field of [...template.fields, timeField(options.isoTime), ...extra]) byName.set(field.name, field);
    const sorted = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.fields = sorted;
    this.fieldNames = sorted.map(({ name }) => name);
    this.names = namesInJson(this.fieldNames);
    this.head = `{"hostname":${JSON.stringify(options.hostname)},`;
    const tags = options.includeTags ? `,"tags":${JSON.stringify(rule.tags)}` : "";
    const { priority, name, source } = rule;
    this.tail = `"priority":"${priority}","rule":${JSON.stringify(name)},"source":${JSON.stringify(source)}${tags}`;
  }
}

/** JSON before the value of each field: comma, name and colon. */
function namesInJson(names: readonly string[]): readonly string[] {
  return names.map((name, i) => `${i === 0 ? "" : ","}${JSON.stringify(name)}:`);
}

function timeField(iso: boolean): TemplateField {
  if (iso) return { name: ISO_TIME, json: (event) => `"${isoText(event.time, "+0000")}"` };
  return { name: TIME, json: (event) => String(event.time) };
}

/** The alert of a match. */
export class RuleAlert implements Alert {
  background?: Background;
  repeats?: number;
  delayed?: true;
  /** Identifies the event and the rule. Prevents a second alert if the same event is received again after a crash. */
  identity?: string;
  readonly time: bigint;
  message: string;
  private names: readonly string[];
  /** Value of each field as JSON, in the order of `names`. */
  private values: readonly string[];
  private readonly shared: SharedParts;

  constructor(shared: SharedParts, event: Observed) {
    this.shared = shared;
    this.time = event.time;
    this.message = shared.template.text(event);
    this.names = shared.fieldNames;
    this.values = shared.fields.map((field) => field.json(event));
  }

  /**
   * Adds fields with values that became available after the match.
   * @param fields values as JSON, by name
   * @param suffix text to append to the message
   */
  add(fields: Readonly<Record<string, string>>, suffix: string): void {
    const all = new Map(this.names.map((name, i) => [name, this.values[i] ?? "null"]));
    for (const [name, value] of Object.entries(fields)) all.set(name, value);
    this.names = [...all.keys()].sort();
    this.values = this.names.map((name) => all.get(name) ?? "null");
    this.message += suffix;
  }

  get rule(): string {
    return this.shared.rule.name;
  }

  get priority(): Priority {
    return this.shared.rule.priority;
  }

  get source(): string {
    return this.shared.rule.source;
  }

  get tags(): readonly string[] {
    return this.shared.rule.tags;
  }

  get parts(): AlertParts {
    const { options, template } = this.shared;
    return { hostname: options.hostname, output: template.output, names: this.names, values: this.values };
  }

  get text(): string {
    const { time, shared } = this;
    const clock = shared.options.isoTime ? isoText(time, "+0000") : clockText(time, false, true);
    return `${clock}: ${shared.rule.priority} ${this.message}`;
  }

  get json(): string {
    const { options, fieldNames, head, tail } = this.shared;
    const names = this.names === fieldNames ? this.shared.names : namesInJson(this.names);
    let json = head;
    if (options.includeMessage) json += `"message":${JSON.stringify(this.message)},`;
    if (options.includeOutput) json += `"output":${JSON.stringify(this.text)},`;
    if (options.includeFields) {
      json += '"output_fields":{';
      for (let i = 0; i < names.length; i++) json += `${names[i]}${this.values[i]}`;
      json += "},";
    }
    return `${json}${tail},"time":"${isoText(this.time, "Z")}"}`;
  }
}
