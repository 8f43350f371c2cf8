/**
 * Splits a table in text form into rows. A line that begins with a space continues the previous row.
 */
export function tableRows(text: string): string[] {
  const rows: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith(" ")) rows[rows.length - 1] += ` ${line.trimStart()}`;
    else rows.push(line);
  }
  return rows;
}
