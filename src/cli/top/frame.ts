import type { TopView } from "../../agent/top/rates.ts";
import { truncated } from "../../output/terminal/width.ts";
import type { ScreenState } from "./keys.ts";
import { summaryText } from "./summary.ts";
import { tableText } from "./tables.ts";

/** A line of the screen. */
export interface FrameLine {
  readonly text: string;
  readonly style?: "title" | "hint";
}

const HINT = "q quit  p processes  c containers  r rules  ←→ 1–9 sort  ↑↓ scroll";

/**
 * Lays out the screen: summary, table and keys. Has at most `rows` lines of at most `columns` columns.
 * @returns the lines, and the number of rows above the first visible row
 */
export function frameOf(
  view: TopView,
  { table, orders, scroll }: ScreenState,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): { readonly lines: readonly FrameLine[]; readonly scroll: number } {
  const [agent = "", outputs = "", ...sources] = summaryText(view);
  const [title = "", ...entries] = tableText(table, view, orders[table]);
  const fixed = 2 + 3; // agent and outputs; empty line, title and keys
  const space = Math.max(0, rows - fixed);
  const shownSources = sources.slice(0, Math.max(0, Math.floor(space / 2)));
  const room = Math.max(0, space - shownSources.length);
  const at = Math.max(0, Math.min(scroll, entries.length - room));
  const end = Math.min(entries.length, at + room);
  const position = entries.length > room ? `${at + 1}–${end} of ${entries.length}  ` : "";
  const lines: FrameLine[] = [
    { text: agent },
    { text: outputs },
    ...shownSources.map((text, i): FrameLine => (i === 0 ? { text, style: "title" } : { text })),
    { text: "" },
    { text: title, style: "title" },
    ...entries.slice(at, end).map((text) => ({ text })),
  ];
  const filled = lines.slice(0, Math.max(1, rows - 1));
  while (filled.length < rows - 1) filled.push({ text: "" });
  if (rows > 1) filled.push({ text: `${position}${HINT}`, style: "hint" });
  return { lines: filled.map((line) => ({ ...line, text: truncated(line.text, columns) })), scroll: at };
}
