import type { JSX } from "preact";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { Cell } from "./cells.tsx";
import type { ChosenColumn } from "./columns.ts";
import type { SelectMode } from "./selection.ts";

interface AlertRowProps {
  readonly index: number;
  /** The alert; undefined while it is being loaded. */
  readonly alert: Alert | undefined;
  readonly columns: readonly ChosenColumn[];
  readonly focused: boolean;
  readonly selected: boolean;
  readonly select: (id: string, mode: SelectMode) => void;
  readonly open: (id: string) => void;
}

export function AlertRow(props: AlertRowProps): JSX.Element {
  const { index, alert, columns, focused, selected, select, open } = props;
  if (alert === undefined) return <div class="row" role="row" aria-rowindex={index + 2} aria-busy="true" />;
  const { id, state } = alert;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
    <div
      id={`row-${id}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      class={`row${focused ? " focused" : ""}${state === "open" ? "" : " triaged"}`}
      onClick={(event) => select(id, event.shiftKey ? "extend" : event.ctrlKey || event.metaKey ? "toggle" : "focus")}
      onDblClick={() => open(id)}
    >
      <span role="gridcell" class="cell-select">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={selected}
          aria-label="Select"
          onClick={(event) => {
            event.stopPropagation();
            select(id, event.shiftKey ? "extend" : "toggle");
          }}
        />
      </span>
      {columns.map(({ name }) => (
        <Cell key={name} name={name} alert={alert} />
      ))}
    </div>
  );
}
