import { styleText } from "node:util";
import { visibleJson, visibleLines } from "./visible.ts";

type Style = Parameters<typeof styleText>[0];

/** Encloses the escape sequences of {@link painted}. Texts of files, events and servers cannot contain it. */
const MARK = `\ue000${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}\ue000`;

/** A text in a style, for {@link print}; unchanged if standard output is not a terminal with colors. */
export function painted(style: Style, text: string): string {
  const [on = "", off = ""] = styleText(style, MARK, { stream: process.stdout }).split(MARK);
  return on === "" ? text : `${MARK}${on}${MARK}${text}${MARK}${off}${MARK}`;
}

/** Prints text to standard output. Characters that control a terminal or disguise text are escaped, except for styles. */
export function print(text: string): void {
  process.stdout.write(shown(text));
}

/** Prints text to standard error in the same way; standard output is for results. */
export function printError(text: string): void {
  process.stderr.write(shown(text));
}

/** Prints a value as JSON to standard output. Such characters are escaped as `\u202e`. */
export function printJson(value: unknown, indent?: number): void {
  printJsonText(`${JSON.stringify(value, null, indent)}\n`);
}

/** Prints JSON to standard output. Such characters are escaped as `\u202e`. */
export function printJsonText(json: string): void {
  process.stdout.write(visibleJson(json));
}

/** A text as {@link print} shows it. */
export function shown(text: string): string {
  // Every second part is a style.
  return text
    .split(MARK)
    .map((part, i) => (i % 2 === 1 ? part : visibleLines(part)))
    .join("");
}
