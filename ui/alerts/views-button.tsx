import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { lazy } from "../../ui-shared/page/lazy.tsx";

const ViewsDialog = lazy(async () => (await import("./views-dialog.tsx")).ViewsDialog);

/** Button that opens the dialog for saved views. */
export function ViewsButton(): JSX.Element {
  const open = useSignal(false);
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        onClick={() => {
          open.value = true;
        }}
      >
        Views
      </button>
      {open.value && (
        <ViewsDialog
          close={() => {
            open.value = false;
          }}
        />
      )}
    </>
  );
}
