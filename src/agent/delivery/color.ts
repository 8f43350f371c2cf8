import { styleText } from "node:util";
import type { Alert } from "../../alert/alert.ts";
import { coloredText, styles } from "../../output/colored.ts";
import { asText, type Line } from "../../output/output.ts";
import { painted } from "../../telemetry/print.ts";

/** Whether standard output is a terminal that supports colors and NO_COLOR is not set. */
export function hasColors(): boolean {
  return styleText("red", "x", { stream: process.stdout }) !== "x";
}

/** Colors text by priority, if standard output supports colors. */
export function inPriorityColor(priority: Alert["priority"], text: string): string {
  return painted(styles[priority], text);
}

/** Formats an alert for standard output. */
export function shownLine(): Line {
  return hasColors() ? coloredText : asText;
}
