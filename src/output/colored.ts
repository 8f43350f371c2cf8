import { styleText } from "node:util";
import type { Alert } from "../alert/alert.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";
import { asJson, asText, type Line } from "./output.ts";

/** Styles of priorities. */
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

/** A text in the colour of a priority. */
function inColorOf(priority: Alert["priority"], text: string): string {
  return styleText(styles[priority], text, { validateStream: false });
}

/** An alert's text with its priority in colour, for terminals. */
export const coloredText: Line = (alert) =>
  visible(asText(alert)).replace(`: ${alert.priority} `, () => `: ${inColorOf(alert.priority, alert.priority)} `);

/** A line as a terminal shows it: characters that control it or disguise text are escaped. */
export function forTerminal(line: Line): Line {
  if (line === coloredText) return line;
  const shown = line === asJson ? visibleJson : visible;
  return (alert) => shown(line(alert));
}
