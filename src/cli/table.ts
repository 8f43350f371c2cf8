/** Lines of a table with aligned columns; the first `left` columns are left-aligned, the others right-aligned. */
export function tableLines(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): { readonly head: string; readonly rows: readonly string[] } {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return { head: line(heads), rows: rows.map(line) };
}
