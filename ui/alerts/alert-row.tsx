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
  /** Shows the preview. */
  readonly peek: (id: string) => void;
  readonly open: (id: string) => void;
}

export function AlertRow(props: AlertRowProps): JSX.Element {
  const { index, alert, columns, focused, selected, select, peek, open } = props;
  if (alert === undefined) return <div class="row" role="row" aria-rowindex={index + 2} aria-busy="true" />;
  const { id, state } = alert;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys
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
        <button
          type="button"
          class="plain peek-button"
          tabIndex={-1}
          aria-label="Preview"
          title="Preview (Space)"
          onClick={(event) => {
            event.stopPropagation();
            peek(id);
          }}
        >
          <svg viewBox="0 0 14 12" width="14" height="12" aria-hidden="true">
            <rect x="0.5" y="0.5" width="13" height="11" rx="1.5" />
            <path d="M8.5 0.5h4a1 1 0 0 1 1 1v9a1 1 0 0 1 -1 1h-4z" />
          </svg>
        </button>
      </span>
      {columns.map(({ name }) => (
        <Cell key={name} name={name} alert={alert} />
      ))}
    </div>
  );
}
