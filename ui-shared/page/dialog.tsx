import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/**
 * A modal dialog, which focuses the element with `data-focus`, or its first input. The browser traps the focus and
 * restores it when the dialog is closed.
 * @param close removes the dialog; called once
 */
export function Dialog({ title, close, children }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const isClosed = useRef(false);
  const heading = useId();
  /** Does not wait for the `close` event: until it arrives, the restored focus could open the next dialog. */
  const end = (): void => {
    if (isClosed.current) return;
    isClosed.current = true;
    dialog.current?.close();
    close();
  };
  useEffect(() => {
    dialog.current?.showModal();
    const find = (selector: string) => dialog.current?.querySelector<HTMLElement>(selector);
    (find("[data-focus]") ?? find("input, select, textarea"))?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        if (event.target !== dialog.current) return; // an input for files within the dialog
        event.preventDefault();
        end();
      }}
      onClose={end}
    >
      <header>
        <h2 id={heading}>{title}</h2>
        <button type="button" class="plain" aria-label="Close dialog" onClick={end}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}
