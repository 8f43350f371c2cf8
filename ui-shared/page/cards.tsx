import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Roles of the elements of a table, which CSS that changes their display would remove in some browsers. */
const ROLES: Readonly<Record<string, string>> = {
  TABLE: "table",
  THEAD: "rowgroup",
  TBODY: "rowgroup",
  TR: "row",
  TD: "cell",
};

/**
 * A container for a table. On a wide screen, the table scrolls if it is too wide; on a narrow screen, each row is a
 * card in which the headings of the columns are the labels of the cells.
 */
export function Cards({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const container = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    for (const table of container.current?.querySelectorAll("table") ?? []) describeCells(table);
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without focus, the element could not be scrolled by keyboard
    <div class="scroll cards" tabIndex={0} ref={container}>
      {children}
    </div>
  );
}

function describeCells(table: HTMLTableElement): void {
  const labels = [...(table.tHead?.rows[0]?.cells ?? [])].map(labelOf);
  for (const element of [table, ...table.querySelectorAll<HTMLElement>("thead, tbody, tr")])
    element.role = ROLES[element.tagName] ?? null;
  for (const { cells } of table.rows) {
    for (const [index, cell] of [...cells].entries()) {
      cell.role = ROLES[cell.tagName] ?? (cell.scope === "row" ? "rowheader" : "columnheader");
      const label = cell.colSpan > 1 ? "" : (labels[index] ?? "");
      if (cell.tagName === "TD" && cell.dataset.label !== label) cell.dataset.label = label;
      cell.toggleAttribute("data-empty", cell.textContent === "" && cell.querySelector("input, button, svg") === null);
    }
  }
}

/** The heading of a column; empty if it is only for screen readers. */
function labelOf(cell: HTMLTableCellElement): string {
  if (cell.querySelector(".visually-hidden") !== null) return "";
  return (cell.dataset.name ?? cell.textContent ?? "").trim();
}
