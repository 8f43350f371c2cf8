import { lineOf } from "../../rule/location.ts";

/** Characters of a line that are shown. */
const MAX_SHOWN = 120;

/** Keys whose values may be secrets, however they are misspelt behind that. */
const SECRET_KEY = /(?:secret|passw|token|credential|jwt|headers|url|api|key)[\w-]*["']?\s*:(?:\s|$)/i;

/**
 * A line as it stands in the file, and below it a caret at the column. Long lines are cut to what is around it. "" for a line
 * that may hold a secret, by its own key or by the one that it stands below: what is said of files goes to logs.
 */
export function excerptOf(text: string, line: number, column: number): string {
  const whole = lineOf(text, line);
  if (SECRET_KEY.test(whole) || SECRET_KEY.test(parentOf(text, line, whole))) return "";
  const from = column > MAX_SHOWN ? column - MAX_SHOWN / 2 : 0;
  const shown = whole.slice(from, from + MAX_SHOWN);
  const number = String(line);
  // Tabs stay, so that the caret stands where the reader's editor shows the column.
  const blanks = shown.slice(0, column - 1 - from).replace(/[^\t]/g, " ");
  return `  ${number} | ${shown}\n  ${" ".repeat(number.length)} | ${blanks}^\n`;
}

/** The nearest line above that is indented less: whose value a line is a part of. */
function parentOf(text: string, line: number, whole: string): string {
  const indent = whole.search(/\S|$/);
  for (let at = line - 1; at > 0; at--) {
    const above = lineOf(text, at);
    if (above.trim() !== "" && above.search(/\S/) < indent) return above;
  }
  return "";
}
