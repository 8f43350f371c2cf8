import { lineOf } from "../../rule/location.ts";

/** Maximum characters of an excerpt. */
const MAX_SHOWN = 120;

/** Keys whose values may be secrets, even with a misspelled suffix. */
const SECRET_KEY = /(?:secret|passw|token|credential|jwt|headers|url|api|key)[\w-]*["']?\s*:(?:\s|$)/i;

/**
 * A line of a file with a caret at the column; long lines are shortened. "" for a line that may contain a secret, by its own
 * key or a parent key, since diagnostics are logged.
 */
export function excerptOf(text: string, line: number, column: number): string {
  const whole = lineOf(text, line);
  if (SECRET_KEY.test(whole) || SECRET_KEY.test(parentOf(text, line, whole))) return "";
  const from = column > MAX_SHOWN ? column - MAX_SHOWN / 2 : 0;
  const shown = whole.slice(from, from + MAX_SHOWN);
  const number = String(line);
  // Tabs are kept, so that the caret is at the column.
  const blanks = shown.slice(0, column - 1 - from).replace(/[^\t]/g, " ");
  return `  ${number} | ${shown}\n  ${" ".repeat(number.length)} | ${blanks}^\n`;
}

/** The parent line: the nearest one above with less indentation. */
function parentOf(text: string, line: number, whole: string): string {
  const indent = whole.search(/\S|$/);
  for (let at = line - 1; at > 0; at--) {
    const above = lineOf(text, at);
    if (above.trim() !== "" && above.search(/\S/) < indent) return above;
  }
  return "";
}
