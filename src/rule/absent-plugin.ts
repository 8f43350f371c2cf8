import type { ConditionError } from "../condition/error.ts";
import type { OutputError } from "./output.ts";

/** Falco plugins that add fields to system call events, by field class. */
const classes: Readonly<Record<string, string>> = { anomaly: "anomalydetection", krsi: "krsi" };

const FIELD = new RegExp(`"(${Object.keys(classes).join("|")})[._]`);

/** A rule that is skipped because it uses fields or events of an absent plugin. */
export interface LeftOutRule {
  readonly name: string;
  readonly file: string;
  readonly plugin: string;
}

/** The absent plugin whose fields or events cause all errors; undefined if there are other errors. */
export function absentPlugin(error: ConditionError | OutputError): string | undefined {
  const plugins = [error, ...error.more].map(({ message }) => pluginIn(message));
  return plugins.includes(undefined) ? undefined : plugins[0];
}

function pluginIn(message: string): string | undefined {
  if (!message.startsWith("Unknown field") && !message.startsWith("Unknown event")) return undefined;
  const found = FIELD.exec(message.slice(0, message.indexOf('"', message.indexOf('"') + 1)));
  return found?.[1] === undefined ? undefined : classes[found[1]];
}
