import type { JSX, RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { AlertRow } from "./alert-row.tsx";
import { columns } from "./column-choice.ts";
import { ColumnHeader } from "./column-header.tsx";
import { openAlert } from "./list-keys.ts";
import { order } from "./order.ts";
import { applyLayout } from "./row-layout.ts";
import type { AlertRows } from "./rows.ts";
import type { Selection } from "./selection.ts";
import { VirtualRows } from "./virtual-rows.tsx";

interface AlertGridProps {
  readonly rows: AlertRows;
  readonly selection: Selection;
  readonly rowHeight: number;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly reveal: RefObject<((index: number) => void) | null>;
  /** Index of the row that is at the top initially. */
  readonly first: number;
  /** Shows the preview of an alert. */
  readonly peek: (id: string) => void;
  readonly onFocus: () => void;
  readonly onViewport: (first: number, last: number) => void;
}

/** Grid of alerts. The view handles the keys. */
export function AlertGrid(props: AlertGridProps): JSX.Element {
  const { rows, selection, rowHeight, scroller, reveal, first, peek, onFocus, onViewport } = props;
  const { focused, selected, select } = selection;
  rows.version.value;
  const count = rows.length;
  const chosen = columns.value;
  // A layout effect, because the rows are measured before the next frame.
  useLayoutEffect(() => {
    if (scroller.current !== null) applyLayout(scroller.current, chosen);
  }, [chosen]);
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={`Alerts, ${order.value} first`}
      aria-rowcount={rows.more.value ? -1 : count + 1}
      aria-multiselectable="true"
      aria-activedescendant={focused.value === "" ? undefined : `row-${focused.value}`}
      class="grid"
      hidden={count === 0 && !rows.more.value}
      onFocus={onFocus}
    >
      <div role="row" aria-rowindex={1} class="row head">
        <span role="columnheader">
          <span class="visually-hidden">Selected</span>
        </span>
        {chosen.map((column) => (
          <ColumnHeader key={column.name} column={column} order={order.value} />
        ))}
      </div>
      <div role="rowgroup">
        <VirtualRows
          reveal={reveal}
          scroller={scroller}
          count={count}
          rowHeight={rowHeight}
          first={first}
          onViewport={onViewport}
          row={(index) => {
            const alert = rows.at(index);
            return (
              <AlertRow
                key={alert?.id ?? `gap-${index}`}
                index={index}
                alert={alert}
                columns={chosen}
                focused={alert !== undefined && focused.value === alert.id}
                selected={alert !== undefined && selected.value.has(alert.id)}
                select={select}
                peek={peek}
                open={openAlert}
              />
            );
          }}
        />
      </div>
    </div>
  );
}
