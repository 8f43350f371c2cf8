import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useId } from "preact/hooks";
import { api } from "../api/client.ts";
import { Dialog } from "../shell/dialog.tsx";
import { messageOf } from "../shell/resource.ts";
import { quantity } from "../text/number.ts";

/** Reasons that the API accepts, with their labels. */
const REASONS = [
  ["false positive", "False positive"],
  ["expected", "Expected"],
  ["resolved", "Resolved"],
  ["duplicate", "Duplicate"],
] as const;

interface CloseDialogProps {
  readonly ids: readonly string[];
  /** Resolves with an error message on failure. */
  readonly close: (reason: string, comment: string) => Promise<string | undefined>;
  readonly onClosed: () => void;
}

/** Dialog for closing alerts, with a reason and an optional comment. */
export function CloseDialog({ ids, close, onClosed }: CloseDialogProps): JSX.Element {
  const id = useId();
  const failure = useSignal("");
  const sending = useSignal(false);
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (sending.peek()) return;
    const form = new FormData(event.currentTarget);
    sending.value = true;
    const error = await close(String(form.get("reason")), String(form.get("comment")).trim());
    sending.value = false;
    if (error === undefined) onClosed();
    else failure.value = error;
  };
  return (
    <Dialog title={`Close ${quantity(ids.length, "alert")}`} close={onClosed}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <fieldset>
          <legend>Reason</legend>
          {REASONS.map(([reason, label]) => (
            <label key={reason}>
              <input type="radio" name="reason" value={reason} required /> {label}
            </label>
          ))}
        </fieldset>
        <label for={`${id}-comment`}>Comment (optional)</label>
        <textarea id={`${id}-comment`} name="comment" rows={3} />
        <p class="failure" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="primary" disabled={sending.value}>
          Close
        </button>
      </form>
    </Dialog>
  );
}

interface CommentDialogProps {
  readonly ids: readonly string[];
  readonly onComment: () => void;
  readonly onClosed: () => void;
}

/** Dialog for adding one comment to all given alerts. */
export function CommentDialog({ ids, onComment, onClosed }: CommentDialogProps): JSX.Element {
  const id = useId();
  const failure = useSignal("");
  const sending = useSignal(false);
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (sending.peek()) return;
    const text = String(new FormData(event.currentTarget).get("comment")).trim();
    if (text === "") return;
    sending.value = true;
    try {
      for (const alert of ids) await api.comment(alert, text);
      onComment();
      onClosed();
    } catch (error) {
      failure.value = messageOf(error);
    } finally {
      sending.value = false;
    }
  };
  return (
    <Dialog title={`Comment on ${quantity(ids.length, "alert")}`} close={onClosed}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <label for={`${id}-comment`}>Comment</label>
        <textarea id={`${id}-comment`} name="comment" rows={4} required />
        <p class="failure" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="primary" disabled={sending.value}>
          Add comment
        </button>
      </form>
    </Dialog>
  );
}
