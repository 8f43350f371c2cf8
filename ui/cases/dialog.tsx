import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useId } from "preact/hooks";
import type { RequestOf } from "../../src/api/contract.ts";
import { Dialog } from "../../ui-shared/page/dialog.tsx";

export type CaseBody = RequestOf<"POST", "/cases/{id}">["body"];
export type TextDialogKind = "assign" | "rename" | "comment" | "close";

/** Titles, labels of the input and of the button, and whether the text can have several lines. */
const KINDS: Readonly<
  Record<
    TextDialogKind,
    { readonly title: string; readonly label: string; readonly button: string; readonly lines: boolean }
  >
> = {
  assign: { title: "Assign the case", label: "User name", button: "Assign", lines: false },
  rename: { title: "Rename the case", label: "Title", button: "Rename", lines: false },
  comment: { title: "Comment on the case", label: "Comment", button: "Add comment", lines: true },
  close: { title: "Close the case", label: "Reason", button: "Close case", lines: true },
};

interface TextDialogProps {
  readonly kind: TextDialogKind;
  readonly initial: string;
  /** Resolves with an error message on failure. */
  readonly change: (body: CaseBody) => Promise<string | undefined>;
  readonly onClosed: () => void;
}

/** Dialog with one text input for assigning, renaming, closing or commenting on a case. */
export function TextDialog({ kind, initial, change, onClosed }: TextDialogProps): JSX.Element {
  const id = useId();
  const failure = useSignal("");
  const { title, label, button, lines } = KINDS[kind];
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("text")).trim();
    const error = await change(kind === "assign" ? { action: kind, owner: text } : { action: kind, text });
    if (error === undefined) onClosed();
    else failure.value = error;
  };
  const isRequired = kind !== "assign";
  return (
    <Dialog title={title} close={onClosed}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <label for={id}>{label}</label>
        {lines ? (
          <textarea id={id} name="text" rows={4} maxLength={4000} required={isRequired} />
        ) : (
          <input
            id={id}
            name="text"
            value={initial}
            maxLength={kind === "assign" ? 64 : 200}
            required={isRequired}
            autocomplete="off"
          />
        )}
        <p class="failure" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="primary">
          {button}
        </button>
      </form>
    </Dialog>
  );
}
