import { useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface VirtualRowsProps {
  /** Scrolls a row into view. Set while the rows are mounted. */
  readonly reveal: RefObject<((index: number) => void) | null>;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly count: number;
  /** Height of a row in pixels. */
  readonly rowHeight: number;
  /** Index of the row at the top when the rows are mounted. */
  readonly first: number;
  readonly row: (index: number) => JSX.Element;
  /** Called with the first and last row in view. */
  readonly onViewport: (first: number, last: number) => void;
}

/** Number of rows rendered beyond each edge of the viewport. */
const OVERSCAN = 12;
/**
 * Maximum height of the element that contains the rows, in pixels. For a longer list, the element covers a section of
 * the list that moves with the scroll position. Browsers limit elements to about 17 million pixels.
 */
const MAX_PIXELS = 4_000_000;

/** Returns the height in pixels that is available for rows, excluding the sticky header. */
export function bodyHeight(scroller: HTMLElement | null): number {
  const head = scroller?.firstElementChild;
  return (scroller?.clientHeight ?? 0) - (head instanceof HTMLElement ? head.offsetHeight : 0);
}

/** Renders only the visible rows, and {@link OVERSCAN} rows beyond each edge. */
export function VirtualRows(props: VirtualRowsProps): JSX.Element {
  const { reveal, scroller, count, rowHeight, first: initial, row, onViewport } = props;
  const most = Math.floor(MAX_PIXELS / rowHeight);
  const view = useSignal({
    base: initial < most / 2 ? 0 : initial - Math.floor(most / 2),
    first: initial,
    last: initial,
  });

  const isPlaced = useRef(false);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let { base } = view.peek();
    const rebase = (to: number): void => {
      const next = Math.max(0, Math.min(to, count - 1));
      element.scrollTop -= (next - base) * rowHeight;
      base = next;
    };
    const measure = (): void => {
      const at = Math.floor(element.scrollTop / rowHeight);
      if (at > most * 0.75 && base + most < count) rebase(base + Math.floor(most / 2));
      else if (at < most * 0.25 && base > 0) rebase(Math.max(0, base - Math.floor(most / 2)));
      const first = base + Math.floor(element.scrollTop / rowHeight);
      const last = Math.min(count - 1, first + Math.ceil(bodyHeight(element) / rowHeight));
      const before = view.peek();
      if (before.base !== base || before.first !== first || before.last !== last) view.value = { base, first, last };
      onViewport(first, last);
    };
    reveal.current = (index) => {
      if (index < base || index >= base + most) {
        base = Math.max(0, index - Math.floor(most / 2));
        element.scrollTop = (index - base) * rowHeight;
      }
      const top = (index - base) * rowHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else element.scrollTop = Math.max(element.scrollTop, top + rowHeight - bodyHeight(element));
      measure();
    };
    if (!isPlaced.current && count > 0) {
      isPlaced.current = true;
      element.scrollTop = (initial - base) * rowHeight;
    }
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [reveal, scroller, count, rowHeight, onViewport, most, view]);

  const { base, first, last } = view.value;
  const from = Math.max(base, first - OVERSCAN);
  const to = Math.min(count - 1, last + OVERSCAN);
  const rows: JSX.Element[] = [];
  for (let index = from; index <= to; index++) rows.push(row(index));
  return (
    <div
      class="virtual"
      role="presentation"
      ref={(element) => {
        // Set as properties, since the Content-Security-Policy forbids style attributes.
        element?.style.setProperty("height", `${Math.min(count - base, most) * rowHeight}px`);
      }}
    >
      <div
        role="presentation"
        class="virtual-window"
        ref={(element) => void element?.style.setProperty("transform", `translateY(${(from - base) * rowHeight}px)`)}
      >
        {rows}
      </div>
    </div>
  );
}
