import { computed, signal } from "@preact/signals";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { readStored, writeStored } from "../../ui-shared/page/stored.ts";
import { boundedWidth, type ChosenColumn, columnsIn, columnsText, defaultColumns } from "./columns.ts";
import { withParameters } from "./list-address.ts";

const KEY = "eyas-columns";
const own = signal(columnsIn(readStored(KEY)) ?? defaultColumns);

/** The columns of the list: from a shared link, or as chosen by the user in this browser. */
export const columns = computed(() => columnsIn(parameters.value.get("columns")) ?? own.value);

/** Changes the columns, which are kept in this browser. Columns of a shared link are replaced. */
export function setColumns(next: readonly ChosenColumn[]): void {
  const text = columnsText(next);
  own.value = next;
  writeStored(KEY, text === columnsText(defaultColumns) ? undefined : text);
  if (parameters.peek().has("columns")) navigate(withParameters({ columns: "" }), "replace");
}

export function resetColumns(): void {
  setColumns(defaultColumns);
}

/** Sets the width of a column in pixels; undefined restores the default width. */
export function setWidth(name: string, width: number | undefined): void {
  setColumns(
    columns
      .peek()
      .map((column) =>
        column.name === name ? { name, ...(width !== undefined && { width: boundedWidth(width) }) } : column,
      ),
  );
}

/** Moves a column to a position. */
export function moveColumn(name: string, to: number): void {
  const column = columns.peek().find((each) => each.name === name);
  if (column === undefined) return;
  const others = columns.peek().filter((each) => each !== column);
  setColumns(others.toSpliced(Math.max(0, Math.min(to, others.length)), 0, column));
}
