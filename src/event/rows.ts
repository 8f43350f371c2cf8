/** The rows of a table written as text: one a line; a line that begins with a space continues the one before. */
export function tableRows(text: string): string[] {
  const rows: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith(" ")) rows[rows.length - 1] += ` ${line.trimStart()}`;
    else rows.push(line);
  }
  return rows;
}
