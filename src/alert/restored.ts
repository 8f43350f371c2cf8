import { clockText, isoText } from "../field/time.ts";
import type { Alert, AlertOptions } from "./alert.ts";
import type { JournalAlert } from "./entry.ts";

/** Restores an alert from the journal, with the text and JSON that the print options select. */
export function restoredAlert(kept: JournalAlert, options: Omit<AlertOptions, "hostname">): Alert & { id: string } {
  const { id, rule, priority, source, tags, time, message, hostname, names, values, identity } = kept;
  const clock = options.isoTime ? isoText(time, "+0000") : clockText(time, false, true);
  const text = `${clock}: ${priority} ${message}`;
  const fields = names.map((name, i) => `${JSON.stringify(name)}:${values[i]}`);
  const parts = [
    `"hostname":${JSON.stringify(hostname)}`,
    ...(options.includeMessage ? [`"message":${JSON.stringify(message)}`] : []),
    ...(options.includeOutput ? [`"output":${JSON.stringify(text)}`] : []),
    ...(options.includeFields ? [`"output_fields":{${fields.join(",")}}`] : []),
    `"priority":"${priority}","rule":${JSON.stringify(rule)},"source":${JSON.stringify(source)}`,
    ...(options.includeTags ? [`"tags":${JSON.stringify(tags)}`] : []),
    `"time":"${isoText(time, "Z")}"`,
  ];
  const json = `{${parts.join(",")}}`;
  return {
    id,
    rule,
    priority,
    source,
    tags,
    time,
    message,
    text,
    json,
    parts: { hostname, output: "", names, values },
    ...(identity !== undefined && { identity }),
  };
}
