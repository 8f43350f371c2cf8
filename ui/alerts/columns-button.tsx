import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { lazy } from "../../ui-shared/page/lazy.tsx";

const ColumnsDialog = lazy(async () => (await import("./columns-dialog.tsx")).ColumnsDialog);

/** Button that opens the dialog for columns and order. */
export function ColumnsButton(): JSX.Element {
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
        Columns
      </button>
      {open.value && (
        <ColumnsDialog
          close={() => {
            open.value = false;
          }}
        />
      )}
    </>
  );
}
