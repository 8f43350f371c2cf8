import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** Returns the width of an element in pixels, and the ref that measures the element. */
export function useWidth(): [ref: (element: HTMLElement | null) => void, width: number] {
  const width = useSignal(0);
  const observer = useRef<ResizeObserver>(undefined);
  useEffect(() => () => observer.current?.disconnect(), []);
  const ref = useRef((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (element === null) return;
    observer.current = new ResizeObserver(([entry]) => {
      if (entry !== undefined) width.value = Math.round(entry.contentRect.width);
    });
    observer.current.observe(element);
  });
  return [ref.current, width.value];
}
