import { styleText } from "node:util";
import type { Alert } from "../../alert/alert.ts";
import { coloredText, inColorOf } from "../../output/colored.ts";
import { asText, type Line } from "../../output/output.ts";

/** Whether standard output is a terminal that has colours, and NO_COLOR doesn't ask for none. */
export function hasColors(): boolean {
  return styleText("red", "x", { stream: process.stdout }) !== "x";
}

/** A text in the colour of a priority, where standard output has colours. */
export function inPriorityColor(priority: Alert["priority"], text: string): string {
  return hasColors() ? inColorOf(priority, text) : text;
}

/** How standard output shows an alert's text. */
export function shownLine(): Line {
  return hasColors() ? coloredText : asText;
}
