import type { Alert } from "./alert.ts";
import { entryOf } from "./entry.ts";

const KEY = '"output_fields":';

/** Returns a copy of an alert with only the selected fields. Message and text are unchanged. */
export function withFields(alert: Alert, wanted: (name: string) => boolean): Alert {
  const parts = alert.parts ?? { ...entryOf(alert), output: "" };
  const kept = parts.names.map((name) => wanted(name));
  if (!kept.includes(false)) return alert;
  const names = parts.names.filter((_, i) => kept[i]);
  const values = parts.values.filter((_, i) => kept[i]);
  const { id, rule, priority, source, tags, time, message, text, received, identity, repeats, link } = alert;
  const { hostname, output } = parts;
  const fields = `{${names.map((name, i) => `${JSON.stringify(name)}:${values[i]}`).join(",")}}`;
  return {
    ...(id !== undefined && { id }),
    ...{ rule, priority, source, tags, time, message, text },
    json: withObject(alert.json, fields),
    parts: { hostname, output, names, values },
    ...(received && { received }),
    ...(identity !== undefined && { identity }),
    ...(repeats !== undefined && { repeats }),
    ...(link !== undefined && { link }),
  };
}

/** Replaces the fields in the JSON of an alert. */
function withObject(json: string, fields: string): string {
  const key = json.indexOf(KEY); // quotes inside strings are escaped
  if (key < 0) return json;
  const begin = key + KEY.length;
  return json.slice(0, begin) + fields + json.slice(endOfObject(json, begin));
}

/** Offset of the end of the object that starts at `begin`. */
function endOfObject(json: string, begin: number): number {
  let depth = 0;
  let inText = false;
  for (let at = begin; at < json.length; at++) {
    const char = json[at];
    if (inText) {
      if (char === "\\") at++;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return at + 1;
  }
  return json.length;
}
