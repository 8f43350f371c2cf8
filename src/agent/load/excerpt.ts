/** Maximum length of an excerpt, in characters. */
const MAX_SHOWN = 120;

/** Keys whose values may be secrets, even with a misspelled suffix. */
const SECRET_KEY = /(?:secret|passw|token|credential|jwt|headers|url|api|key)[\w-]{0,200}["']?\s{0,200}:(?:\s|$)/i;

/**
 * Excerpts of a file: a line with a caret at the column; long lines are shortened. "" for a line that may contain a
 * secret, by its own key or a parent key, since diagnostics are logged. The lines are found once for all excerpts.
 */
export function excerptsOf(text: string): (line: number, column: number) => string {
  const lines = text.split(/\r?\n/);
  const parents = parentsOf(lines);
  const isSecret = (line: string | undefined): boolean => line !== undefined && SECRET_KEY.test(line);
  return (line, column) => {
    const whole = lines[line - 1] ?? "";
    if (isSecret(whole) || isSecret(lines[parents[line - 1] ?? -1])) return "";
    const from = column > MAX_SHOWN ? column - MAX_SHOWN / 2 : 0;
    const shown = whole.slice(from, from + MAX_SHOWN);
    const number = String(line);
    // Tabs are kept, so that the caret is at the column.
    const blanks = shown.slice(0, column - 1 - from).replace(/[^\t]/g, " ");
    return `  ${number} | ${shown}\n  ${" ".repeat(number.length)} | ${blanks}^\n`;
  };
}

/** The index of the parent of each line: the nearest line above with less indentation; -1 if there is none. */
function parentsOf(lines: readonly string[]): Int32Array {
  const parents = new Int32Array(lines.length);
  const open: { readonly indent: number; readonly line: number }[] = [];
  for (const [line, text] of lines.entries()) {
    const indent = text.search(/\S|$/);
    const isBlank = indent === text.length;
    let at = open.length - 1;
    while (at >= 0 && (open[at]?.indent ?? 0) >= indent) at--;
    parents[line] = open[at]?.line ?? -1;
    if (isBlank) continue;
    open.length = at + 1;
    open.push({ indent, line });
  }
  return parents;
}
