import { styleText } from "node:util";
import { visibleJson, visibleLines } from "./visible.ts";

type Style = Parameters<typeof styleText>[0];

/** Random marker around the escape sequences of {@link painted}. Untrusted strings cannot contain the marker. */
const MARK = `\ue000${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}\ue000`;

/** Styles a string for {@link print}. The text is unchanged if standard output is not a terminal with colors. */
export function painted(style: Style, text: string): string {
  const [on = "", off = ""] = styleText(style, MARK, { stream: process.stdout }).split(MARK);
  return on === "" ? text : `${MARK}${on}${MARK}${text}${MARK}${off}${MARK}`;
}

/** Prints text to standard output. Escapes characters that control a terminal or disguise text, but keeps styles. */
export function print(text: string): void {
  process.stdout.write(shown(text));
}

/** Prints a message to standard error, escaped like {@link print}. Results are printed to standard output. */
export function printError(text: string): void {
  process.stderr.write(shown(text));
}

/** Prints a value as JSON to standard output. Hidden characters are escaped, for example as `\u202e`. */
export function printJson(value: unknown, indent?: number): void {
  printJsonText(`${JSON.stringify(value, null, indent)}\n`);
}

/** Prints JSON to standard output. Hidden characters are escaped, for example as `\u202e`. */
export function printJsonText(json: string): void {
  process.stdout.write(visibleJson(json));
}

/** Returns the text in the form that {@link print} writes. */
export function shown(text: string): string {
  // Every second part is an escape sequence of a style.
  return text
    .split(MARK)
    .map((part, i) => (i % 2 === 1 ? part : visibleLines(part)))
    .join("");
}
