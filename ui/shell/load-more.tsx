import type { JSX } from "preact";

/** A button that fetches further rows; nothing if there are none. */
export function LoadMore({ more }: { readonly more: (() => void) | undefined }): JSX.Element | null {
  return more === undefined ? null : (
    <p class="empty">
      <button type="button" onClick={more}>
        Load more
      </button>
    </p>
  );
}
