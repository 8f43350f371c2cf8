import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent, TargetedKeyboardEvent } from "preact";
import { useId } from "preact/hooks";
import { api } from "../../ui-shared/api/client.ts";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { changeMatching } from "./bulk-change.ts";
import type { TriageRequest } from "./triage-bar.tsx";

/** Reasons that the API accepts, with their labels. */
const REASONS = [
  ["false positive", "False positive"],
  ["expected", "Expected"],
  ["resolved", "Resolved"],
  ["duplicate", "Duplicate"],
] as const;

/** Describes the alerts of a request, such as `2 alerts` or `all 5,000 alerts that match`. */
function alertsOf({ ids, matching }: TriageRequest): string {
  if (matching === undefined) return quantity(ids.length, "alert");
  if (matching.count === undefined) return "all alerts that match";
  return matching.count === 1 ? "1 alert" : `all ${quantity(matching.count, "alert")} that match`;
}

interface CloseDialogProps {
  readonly request: TriageRequest;
  /** Resolves with an error message on failure. */
  readonly close: (reason: string, comment: string) => Promise<string | undefined>;
  readonly onClosed: () => void;
}

/**
 * Dialog for closing alerts, with an optional comment. The user selects a reason, which closes the alerts, with a
 * button or its number key. No button is focused, so that a repeated key does not close alerts.
 */
export function CloseDialog({ request, close, onClosed }: CloseDialogProps): JSX.Element {
  const id = useId();
  const failure = useSignal("");
  const sending = useSignal(false);
  const submit = async (event: TargetedEvent<HTMLFormElement, SubmitEvent>): Promise<void> => {
    event.preventDefault();
    if (sending.peek()) return;
    const form = new FormData(event.currentTarget, event.submitter);
    sending.value = true;
    const error = await close(String(form.get("reason")), String(form.get("comment")).trim());
    sending.value = false;
    if (error === undefined) onClosed();
    else failure.value = error;
  };
  const chooseByNumber = (event: TargetedKeyboardEvent<HTMLFormElement>): void => {
    if (event.target instanceof HTMLTextAreaElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const buttons = event.currentTarget.querySelectorAll<HTMLButtonElement>("button[name=reason]");
    const button = [...buttons][Number(event.key) - 1];
    if (button === undefined) return;
    event.preventDefault();
    event.currentTarget.requestSubmit(button);
  };
  return (
    <Dialog title={`Close ${alertsOf(request)}`} close={onClosed}>
      <form class="stacked" onSubmit={(event) => void submit(event)} onKeyDown={chooseByNumber}>
        <label for={`${id}-comment`}>Comment (optional)</label>
        <textarea id={`${id}-comment`} name="comment" rows={3} />
        <fieldset class="reasons" tabIndex={-1} data-focus>
          <legend>Close as</legend>
          {REASONS.map(([reason, label], index) => (
            <button
              key={reason}
              type="submit"
              name="reason"
              value={reason}
              disabled={sending.value}
              aria-keyshortcuts={`${index + 1}`}
            >
              <span class="muted" aria-hidden="true">
                {index + 1}
              </span>{" "}
              {label}
            </button>
          ))}
        </fieldset>
        <p class="failure" role="alert">
          {failure.value}
        </p>
      </form>
    </Dialog>
  );
}

interface CommentDialogProps {
  readonly request: TriageRequest;
  readonly onComment: () => void;
  readonly onClosed: () => void;
}

/** Dialog for adding one comment to all given alerts. */
export function CommentDialog({ request, onComment, onClosed }: CommentDialogProps): JSX.Element {
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
      const { ids, matching } = request;
      const error = matching && (await changeMatching(matching, "comment", { comment: text }));
      if (error !== undefined) throw new Error(error);
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
    <Dialog title={`Comment on ${alertsOf(request)}`} close={onClosed}>
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
