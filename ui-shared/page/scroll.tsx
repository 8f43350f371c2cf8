import type { ComponentChildren, JSX } from "preact";

/** A scroll container for content wider than the page, with keyboard support. */
export function Scroll({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without focus, the element could not be scrolled by keyboard
    <div class="scroll" tabIndex={0}>
      {children}
    </div>
  );
}
