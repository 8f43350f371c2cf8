import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { continueFromOtherTab, endText } from "../../ui-shared/page/session.ts";
import { SignInForm } from "./sign-in.tsx";

/**
 * Keeps Escape from closing the dialog. Browsers let a page cancel the closing of a dialog only once, and would then
 * also close the dialog below.
 */
function keepOpen(event: KeyboardEvent): void {
  if (event.key === "Escape") event.preventDefault();
}

/**
 * The sign-in form after the session has ended. The views stay open but hidden, so that they keep their text. It is a
 * modal dialog, because another open dialog, such as the dialog for a comment, would otherwise make the form inert.
 */
export function SignInAgain({ code }: { readonly code: string }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector("input")?.focus();
    window.addEventListener("keydown", keepOpen, { capture: true });
    return () => {
      window.removeEventListener("keydown", keepOpen, { capture: true });
      // The views become visible again only after this function.
      setTimeout(() => {
        if (before instanceof HTMLElement) before.focus();
      });
    };
  }, []);
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === "visible") void continueFromOtherTab();
    };
    document.addEventListener("visibilitychange", look);
    window.addEventListener("focus", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("focus", look);
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="sign-in again"
      aria-labelledby="sign-in-title"
      onCancel={(event) => event.preventDefault()}
      onClose={() => dialog.current?.showModal()}
    >
      <SignInForm title="Sign in again" reason={endText(code)} keepsPage />
    </dialog>
  );
}
