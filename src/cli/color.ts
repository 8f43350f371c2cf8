import { styleText } from "node:util";
import type { Alert } from "../alert/alert.ts";
import { asText, type Line } from "../output/output.ts";

const styles: Readonly<Record<Alert["priority"], Parameters<typeof styleText>[0]>> = {
  Emergency: ["bold", "red"],
  Alert: ["bold", "red"],
  Critical: ["bold", "red"],
  Error: "red",
  Warning: "yellow",
  Notice: "cyan",
  Informational: "green",
  Debug: "gray",
};

/** A text in the colour of a priority, where standard output is a terminal that has some. */
export function inPriorityColor(priority: Alert["priority"], text: string): string {
  return styleText(styles[priority], text, { stream: process.stdout });
}

/** For a terminal: the line with its priority in colour. NO_COLOR and what is no terminal get the plain line. */
export const inColor: Line = (alert) =>
  asText(alert).replace(`: ${alert.priority} `, () => `: ${inPriorityColor(alert.priority, alert.priority)} `);
