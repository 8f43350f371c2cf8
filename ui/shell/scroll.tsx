import type { ComponentChildren, JSX } from "preact";

/** Scroll container for content wider than the page, also usable by keyboard. */
export function Scroll({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a focus it could not be scrolled by keyboard
    <div class="scroll" tabIndex={0}>
      {children}
    </div>
  );
}
