import { useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

interface VirtualRowsProps {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly count: number;
  /** Pixels. */
  readonly rowHeight: number;
  readonly row: (index: number) => JSX.Element;
  /** Called with the first and last row in view. */
  readonly look: (first: number, last: number) => void;
}

/** Rows drawn beyond the edges, so that scrolling meets no gap. */
const BEYOND = 12;
/** Browsers can't make elements taller than some 17 million pixels; the window on the rows moves long before. */
const MOST_PIXELS = 8_000_000;

/** The height that rows have: without the head, which stays at the top. */
export function bodyHeight(scroller: HTMLElement | null): number {
  const head = scroller?.firstElementChild;
  return (scroller?.clientHeight ?? 0) - (head instanceof HTMLElement ? head.offsetHeight : 0);
}

/** Draws only the rows in view, of as many as there are. */
export function VirtualRows({ scroller, count, rowHeight, row, look }: VirtualRowsProps): JSX.Element {
  const view = useSignal({ base: 0, first: 0, last: 0 });
  const most = Math.floor(MOST_PIXELS / rowHeight);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let { base } = view.peek();
    const measure = (): void => {
      const shown = Math.ceil(bodyHeight(element) / rowHeight);
      const at = Math.floor(element.scrollTop / rowHeight);
      const moved =
        at > most * 0.75 && base + most < count
          ? Math.floor(most / 2)
          : at < most * 0.25
            ? -Math.min(base, Math.floor(most / 2))
            : 0;
      if (moved !== 0) {
        base += moved;
        element.scrollTop -= moved * rowHeight;
      }
      const first = base + Math.floor(element.scrollTop / rowHeight);
      const last = Math.min(count - 1, first + shown);
      const before = view.peek();
      if (before.base !== base || before.first !== first || before.last !== last) view.value = { base, first, last };
      look(first, last);
    };
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [scroller, count, rowHeight, look, most, view]);

  const { base, first, last } = view.value;
  const from = Math.max(base, first - BEYOND);
  const to = Math.min(count - 1, last + BEYOND);
  const rows: JSX.Element[] = [];
  for (let index = from; index <= to; index++) rows.push(row(index));
  return (
    <div
      class="virtual"
      role="presentation"
      ref={(element) => {
        // Set as properties: the page's policy allows no style attributes.
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
