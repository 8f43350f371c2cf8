import { computed, signal } from "@preact/signals";
import { columns } from "./column-choice.ts";
import { type ChosenColumn, tracksOf } from "./columns.ts";

/** Heights in pixels. */
const ROW = 26;
const NARROW_LINE = 19;
const NARROW_PADDING = 10;

const narrow = window.matchMedia("(max-width: 40rem)");
const isNarrow = signal(narrow.matches);
narrow.addEventListener("change", ({ matches }) => {
  isNarrow.value = matches;
});

/** Columns that share the first line of a row on a narrow screen; each other column has its own line. */
const FIRST_LINE: readonly string[] = ["priority", "state", "time"];

/** Number of lines of a row on a narrow screen. */
function linesOf(chosen: readonly ChosenColumn[]): number {
  const own = chosen.filter(({ name }) => !FIRST_LINE.includes(name)).length;
  return own + (own < chosen.length ? 1 : 0);
}

/** Height of a row in pixels. */
export const rowHeight = computed(() => (isNarrow.value ? linesOf(columns.value) * NARROW_LINE + NARROW_PADDING : ROW));

/** Sets the layout of the rows of a grid. As properties, since the Content-Security-Policy forbids style attributes. */
export function applyLayout(grid: HTMLElement, chosen: readonly ChosenColumn[]): void {
  for (const list of ["wide", "tight", "narrow"] as const)
    grid.style.setProperty(`--columns-${list}`, tracksOf(chosen, list));
  grid.style.setProperty("--lines", `${linesOf(chosen)}`);
}
