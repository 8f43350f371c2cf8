import { styleText } from "node:util";
import type { Alert } from "../../alert/alert.ts";
import { coloredText, styles } from "../../output/colored.ts";
import { asText, type Line } from "../../output/output.ts";
import { painted } from "../../telemetry/print.ts";

/** Whether standard output is colored: if it is a terminal with colors, unless NO_COLOR or FORCE_COLOR is set. */
export function hasColors(): boolean {
  return styleText("red", "x", { stream: process.stdout }) !== "x";
}

/** Colors text by priority, if standard output is colored. */
export function inPriorityColor(priority: Alert["priority"], text: string): string {
  return painted(styles[priority], text);
}

/** Returns the function that formats alerts for standard output. */
export function shownLine(): Line {
  return hasColors() ? coloredText : asText;
}
