import { styleText } from "node:util";
import type { Alert } from "../alert/alert.ts";
import { asText, type Line } from "./output.ts";

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

/** A text in the colour of a priority. */
export function inColorOf(priority: Alert["priority"], text: string): string {
  return styleText(styles[priority], text, { validateStream: false });
}

/** Characters that can disguise text on a terminal: bidirectional marks, zero-width characters. */
const DECEIVING = /[\p{Cf}\u2028\u2029]/gu;

/** An alert's text with its priority in colour, for terminals. */
export const coloredText: Line = (alert) =>
  asText(alert)
    .replace(DECEIVING, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
    .replace(`: ${alert.priority} `, () => `: ${inColorOf(alert.priority, alert.priority)} `);
