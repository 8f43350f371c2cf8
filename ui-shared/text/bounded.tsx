import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface BoundedProps {
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** Text with a limited height. Longer text scrolls, and can then be focused to scroll it with the keyboard. */
export function Bounded({ class: name = "", children }: BoundedProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const scrolls = useSignal(false);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const measure = (): void => {
      scrolls.value = current.scrollHeight > current.clientHeight;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, [children, scrolls]);
  return (
    <div ref={element} class={`bounded ${name}`} tabIndex={scrolls.value ? 0 : undefined}>
      {children}
    </div>
  );
}
