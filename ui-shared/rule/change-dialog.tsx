import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX, TargetedSubmitEvent } from "preact";
import { Dialog } from "../page/dialog.tsx";
import { messageOf } from "../page/resource.ts";
import { Untrusted } from "../text/untrusted.tsx";

interface RuleChangeDialogProps {
  readonly rule: string;
  readonly title: string;
  readonly action: string;
  /** The result of the change. */
  readonly result: string;
  /** Sends the change. Rejects with a message for the user. */
  readonly send: (form: HTMLFormElement) => Promise<unknown>;
  /** Called after the change, with its result. */
  readonly done: (text: string) => void;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A dialog whose form changes a rule or one of its exceptions. */
export function RuleChangeDialog(props: RuleChangeDialogProps): JSX.Element {
  const { rule, title, action, result, send, done, close, children } = props;
  const failure = useSignal("");
  const isSending = useSignal(false);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (isSending.peek()) return;
    isSending.value = true;
    failure.value = "";
    try {
      await send(event.currentTarget);
      done(result);
    } catch (error) {
      failure.value = messageOf(error);
    } finally {
      isSending.value = false;
    }
  };
  return (
    <Dialog title={title} close={close}>
      <form class="stacked exception-form" onSubmit={(event) => void submit(event)} noValidate>
        <p>
          Rule: <Untrusted text={rule} />
        </p>
        {children}
        <p class="failure" role="alert">
          {failure.value !== "" && <Untrusted text={failure.value} />}
        </p>
        <button type="submit" class="primary" aria-disabled={isSending.value}>
          {isSending.value ? "Checking…" : action}
        </button>
      </form>
    </Dialog>
  );
}
