import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX, TargetedSubmitEvent } from "preact";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { visible } from "../../ui-shared/text/visible.ts";

interface ChangeDialogProps {
  readonly title: string;
  /** Label of the button. */
  readonly label: string;
  /** Makes the change. If it rejects, the dialog stays open with the error message. */
  readonly change: (form: FormData) => Promise<void>;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A dialog with a form that makes a change. */
export function ChangeDialog({ title, label, change, close, children }: ChangeDialogProps): JSX.Element {
  const failure = useSignal("");
  const sending = useSignal(false);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (sending.peek()) return;
    sending.value = true;
    failure.value = "";
    try {
      await change(new FormData(event.currentTarget));
    } catch (error) {
      failure.value = messageOf(error);
    } finally {
      sending.value = false;
    }
  };
  return (
    <Dialog title={title} close={close}>
      <form class="stacked user-dialog" onSubmit={(event) => void submit(event)}>
        {children}
        <p class="failure" role="alert">
          {visible(failure.value)}
        </p>
        {/* Not disabled while the request runs, since it would lose the focus. */}
        <button type="submit" class="primary" aria-disabled={sending.value}>
          {label}
        </button>
      </form>
    </Dialog>
  );
}
