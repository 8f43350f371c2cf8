/** Maximum length of an excerpt, in characters. */
const MAX_SHOWN = 120;

/** Matches keys that may have secret values, even if the end of the key is misspelled. */
const SECRET_KEY = /(?:secret|passw|token|credential|jwt|headers|url|api|key)[\w-]{0,200}["']?\s{0,200}:(?:\s|$)/i;

/**
 * Returns a function that formats a line of the text, shortened if it is long, with a caret below the column. The
 * function returns "" if the key of the line, or its parent key, may have a secret value, since diagnostics are logged.
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
    // Tabs are preserved, so that the caret is aligned with the column.
    const blanks = shown.slice(0, column - 1 - from).replace(/[^\t]/g, " ");
    return `  ${number} | ${shown}\n  ${" ".repeat(number.length)} | ${blanks}^\n`;
  };
}

/** Index of each line's parent: the nearest line above with less indentation; -1 if there is none. */
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
