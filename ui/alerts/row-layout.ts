import { computed } from "@preact/signals";
import { narrow } from "../../ui-shared/page/narrow.ts";
import { columns } from "./column-choice.ts";
import { type ChosenColumn, tracksOf } from "./columns.ts";

/** Heights in pixels. */
const ROW = 26;
const NARROW_LINE = 19;
const NARROW_PADDING = 13;

/** Columns that share the first line of a card on a narrow screen; each other column has its own lines. */
const FIRST_LINE: readonly string[] = ["priority", "state", "time"];

/** Column with two lines in a card. Must match alerts.css. */
const TWO_LINES = "output";

/** Number of lines of a card. */
function linesOf(chosen: readonly ChosenColumn[]): number {
  const own = chosen.filter(({ name }) => !FIRST_LINE.includes(name));
  const first = own.length < chosen.length ? 1 : 0;
  return first + own.length + (own.some(({ name }) => name === TWO_LINES) ? 1 : 0);
}

/** Height of a row in pixels. */
export const rowHeight = computed(() => (narrow.value ? linesOf(columns.value) * NARROW_LINE + NARROW_PADDING : ROW));

/**
 * Sets the layout of the rows of a grid with style properties, since the Content-Security-Policy forbids style
 * attributes.
 */
export function applyLayout(grid: HTMLElement, chosen: readonly ChosenColumn[]): void {
  for (const list of ["wide", "tight", "narrow"] as const)
    grid.style.setProperty(`--columns-${list}`, tracksOf(chosen, list));
  grid.style.setProperty("--lines", `${linesOf(chosen)}`);
}
