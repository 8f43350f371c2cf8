import type { JSX, TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";
import { setWidth } from "./column-choice.ts";
import { boundedWidth, type ChosenColumn, isField, MAX_WIDTH, MIN_WIDTH, titleOf } from "./columns.ts";
import { type Order, toggleOrder } from "./order.ts";

/** Pixels by which an arrow key changes the width of a column, without and with Shift. */
const STEP = 10;
const LARGE_STEP = 50;

interface ColumnHeaderProps {
  readonly column: ChosenColumn;
  readonly order: Order;
}

/**
 * The header of a column, with a separator that changes the width. The header of the time column also reverses the
 * order.
 */
export function ColumnHeader({ column: { name, width }, order }: ColumnHeaderProps): JSX.Element {
  const header = useRef<HTMLSpanElement>(null);
  const isTime = name === "time";
  const title = titleOf(name);
  return (
    <span
      ref={header}
      role="columnheader"
      aria-label={visible(title)}
      aria-sort={isTime ? (order === "newest" ? "descending" : "ascending") : undefined}
    >
      {isTime ? (
        <OrderButton title={title} order={order} />
      ) : (
        <span class={isField(name) ? "title mono" : "title"}>
          <Untrusted text={title} />
        </span>
      )}
      <Separator name={name} width={width} header={() => header.current} />
    </span>
  );
}

/** Whether the user has just changed the order. The new list then focuses its order button, as in the previous list. */
let focusNext = false;

function OrderButton({ title, order }: { readonly title: string; readonly order: Order }): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focusNext) button.current?.focus();
    focusNext = false;
  }, []);
  return (
    <button
      ref={button}
      type="button"
      class="plain sort"
      title={order === "newest" ? "Show oldest first" : "Show newest first"}
      onClick={() => {
        focusNext = true;
        toggleOrder();
      }}
    >
      {title} <span aria-hidden="true">{order === "newest" ? "↓" : "↑"}</span>
    </button>
  );
}

interface SeparatorProps {
  readonly name: string;
  /** Width that the user has set, in pixels. */
  readonly width: number | undefined;
  readonly header: () => HTMLElement | null;
}

/**
 * Changes the width of the preceding column by dragging or with arrow keys. A double click restores the default width.
 */
function Separator({ name, width, header }: SeparatorProps): JSX.Element {
  /** Distance between the pointer and the width during a drag, in pixels. */
  const offset = useRef<number>(undefined);
  const current = (): number => header()?.getBoundingClientRect().width ?? MIN_WIDTH;
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const step = event.shiftKey ? LARGE_STEP : STEP;
    if (event.key === "ArrowRight") setWidth(name, current() + step);
    else if (event.key === "ArrowLeft") setWidth(name, current() - step);
    else if (event.key === "Home") setWidth(name, MIN_WIDTH);
    else if (event.key === "Delete" || event.key === "Backspace") setWidth(name, undefined);
    else return;
    event.preventDefault();
  };
  const onPointerDown = (event: TargetedPointerEvent<HTMLElement>): void => {
    if (event.button !== 0) return;
    event.preventDefault(); // prevents the selection of text
    event.currentTarget.focus();
    event.currentTarget.setPointerCapture(event.pointerId);
    offset.current = event.clientX - current();
  };
  const onPointerMove = (event: TargetedPointerEvent<HTMLElement>): void => {
    if (offset.current !== undefined) setWidth(name, event.clientX - offset.current);
  };
  const onPointerUp = (): void => {
    offset.current = undefined;
  };
  const shown = boundedWidth(width ?? header()?.clientWidth ?? MIN_WIDTH);
  return (
    <span
      class="separator"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={visible(`Width of ${titleOf(name)}`)}
      aria-valuenow={shown}
      aria-valuemin={MIN_WIDTH}
      aria-valuemax={MAX_WIDTH}
      aria-valuetext={width === undefined ? "default" : `${width} pixels`}
      title="Drag to change the width; double-click to reset it"
      onKeyDown={onKeyDown}
      onDblClick={() => setWidth(name, undefined)}
      {...{ onPointerDown, onPointerMove, onPointerUp }}
      onLostPointerCapture={onPointerUp}
    />
  );
}
