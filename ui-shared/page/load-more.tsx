import type { JSX } from "preact";

/** Button that fetches more rows. Not shown if there are no more rows. */
export function LoadMore({ more }: { readonly more: (() => void) | undefined }): JSX.Element | null {
  return more === undefined ? null : (
    <p class="empty">
      <button type="button" onClick={more}>
        Load more
      </button>
    </p>
  );
}
