import { styleText } from "node:util";
import type { Alert } from "../alert/alert.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";
import { asJson, asText, type Line } from "./output.ts";

/** Terminal styles by priority. */
export const styles: Readonly<Record<Alert["priority"], Parameters<typeof styleText>[0]>> = {
  Emergency: ["bold", "red"],
  Alert: ["bold", "red"],
  Critical: ["bold", "red"],
  Error: "red",
  Warning: "yellow",
  Notice: "cyan",
  Informational: "green",
  Debug: "gray",
};

/** Colors a string by priority. */
function inColorOf(priority: Alert["priority"], text: string): string {
  return styleText(styles[priority], text, { validateStream: false });
}

/** Formats in which control characters, and characters that disguise text, are escaped. */
const safe = new WeakSet<Line>();

/** Declares that a format escapes control characters, and characters that disguise text. */
export function markSafe(line: Line): Line {
  safe.add(line);
  return line;
}

/** Formats an alert for terminals: the text, with its priority in color. */
export const coloredText: Line = markSafe((alert) =>
  visible(asText(alert)).replace(`: ${alert.priority} `, () => `: ${inColorOf(alert.priority, alert.priority)} `),
);

/** Wraps a line format for terminals: control characters, and characters that disguise text, are escaped. */
export function forTerminal(line: Line): Line {
  if (safe.has(line)) return line;
  const shown = line === asJson ? visibleJson : visible;
  return (alert) => shown(line(alert));
}
