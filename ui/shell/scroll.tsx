import type { ComponentChildren, JSX } from "preact";

/** What may be wider than the page: scrolls by itself, by keyboard too. */
export function Scroll({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a focus it could not be scrolled by keyboard
    <div class="scroll" tabIndex={0}>
      {children}
    </div>
  );
}
