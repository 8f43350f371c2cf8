import { clockText, isoText } from "../field/time.ts";
import type { Priority } from "../rule/rule.ts";
import type { Alert, AlertOptions } from "./alert.ts";

/** An event of the agent itself that is delivered as an alert. */
export interface InternalEvent {
  /** Name of the event, which is used as the rule name of the alert. */
  readonly rule: string;
  readonly priority: Priority;
  readonly message: string;
  /** Fields in addition to the message. */
  readonly fields: Readonly<Record<string, string | number>>;
  /**
   * Whether to use the format of Falco's internal alerts: the text contains the fields, and the JSON has the message as
   * `output` and no tags.
   */
  readonly falcoForm?: boolean;
}

/** The source of alerts about the agent itself. */
export const INTERNAL_SOURCE = "internal";

/** Matches line breaks and control characters. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

/**
 * Creates an alert about the agent itself.
 * @param time nanoseconds since the epoch
 */
export function internalAlert(event: InternalEvent, time: bigint, options: AlertOptions): Alert {
  const { rule, priority, fields } = event;
  // The message may contain untrusted text, such as names of processes and servers, or text from received alerts.
  const message = event.message.toWellFormed().replace(CONTROL, "\ufffd");
  const clock = options.isoTime ? isoText(time, "+0000") : clockText(time, false, true);
  const text = `${clock}: ${priority} ${message}`;
  const shown = Object.entries(fields).map(
    ([name, value]) => `${name}=${JSON.stringify(value).replace(CONTROL, "\ufffd")}`,
  );
  const json = JSON.stringify({
    hostname: options.hostname,
    ...(event.falcoForm
      ? { output: message, output_fields: fields }
      : {
          ...(options.includeMessage && { message }),
          ...(options.includeOutput && { output: text }),
          ...(options.includeFields && { output_fields: fields }),
        }),
    priority,
    rule,
    source: INTERNAL_SOURCE,
    ...(!event.falcoForm && options.includeTags && { tags: [] }),
    time: isoText(time, "Z"),
  });
  const names = Object.keys(fields).sort();
  const values = names.map((name) => JSON.stringify(fields[name]));
  return {
    rule,
    priority,
    source: INTERNAL_SOURCE,
    tags: [],
    time,
    message,
    // The JSON has no fields if the configuration excludes them.
    parts: { hostname: options.hostname, output: "", names, values },
    text: event.falcoForm ? `${text} (${shown.join(" ")})` : text,
    json,
  };
}
