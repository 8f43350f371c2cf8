import { type Signal, useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useEffect, useId } from "preact/hooks";
import type { State } from "../../src/api/filter/state.ts";
import { api } from "../api/client.ts";
import { Dialog } from "../shell/dialog.tsx";
import { messageOf } from "../shell/resource.ts";
import { hasRole } from "../shell/session.ts";
import { quantity } from "../text/number.ts";

/** An action on alerts. */
export interface TriageRequest {
  readonly kind: "acknowledge" | "comment" | "close" | "reopen";
  readonly ids: readonly string[];
}

export const REASONS = ["false positive", "expected", "resolved", "duplicate"] as const;

interface TriageBarProps {
  /** The alerts that the buttons change. */
  readonly ids: readonly string[];
  /** How many were chosen one by one. */
  readonly selected: number;
  /** Set by the buttons, and by keys of the view. */
  readonly request: Signal<TriageRequest | undefined>;
  readonly onStateChange: (id: string, state: State) => void;
  readonly onDone: () => void;
}

/** Acknowledge, comment, close: for those who may. */
export function TriageBar({
  ids,
  selected,
  request,
  onStateChange,
  onDone,
}: TriageBarProps): JSX.Element | null {
  const failure = useSignal("");
  const acknowledgement = request.value?.kind === "acknowledge" ? request.value : undefined;
  useEffect(() => {
    if (acknowledgement === undefined) return;
    request.value = undefined;
    void setStates(acknowledgement.ids, "acknowledged").then((trouble) => {
      failure.value = trouble ?? "";
      if (trouble === undefined) onDone();
    });
  }, [acknowledgement]);

  async function setStates(which: readonly string[], state: State, more = {}): Promise<string | undefined> {
    try {
      for (const id of which) {
        await api.setState(id, { state, ...more });
        onStateChange(id, state);
      }
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  if (!hasRole("responder")) return null;
  const begin = (kind: TriageRequest["kind"]) => () => {
    request.value = { kind, ids };
  };
  const dialog = request.value;
  return (
    <span class="triage">
      {failure.value !== "" && (
        <span class="failure" role="alert">
          {failure.value}
        </span>
      )}
      {selected > 0 && (
        <>
          <span class="quiet">{selected} chosen</span>
          <button type="button" class="plain" onClick={onDone}>
            Clear selection
          </button>
        </>
      )}
      <button type="button" disabled={ids.length === 0} title="Acknowledge (a)" onClick={begin("acknowledge")}>
        Acknowledge
      </button>
      <button type="button" disabled={ids.length === 0} title="Comment (c)" onClick={begin("comment")}>
        Comment
      </button>
      <button type="button" disabled={ids.length === 0} title="Close (e)" onClick={begin("close")}>
        Close …
      </button>
      {dialog?.kind === "comment" && (
        <CommentDialog
          ids={dialog.ids}
          onComment={onDone}
          done={() => {
            request.value = undefined;
          }}
        />
      )}
      {dialog?.kind === "close" && (
        <CloseDialog
          ids={dialog.ids}
          close={(reason, comment) =>
            setStates(dialog.ids, "closed", { reason, ...(comment !== "" && { comment }) }).then((trouble) => {
              if (trouble === undefined) onDone();
              return trouble;
            })
          }
          done={() => {
            request.value = undefined;
          }}
        />
      )}
    </span>
  );
}

interface CloseDialogProps {
  readonly ids: readonly string[];
  /** Answers a sentence where it failed. */
  readonly close: (reason: string, comment: string) => Promise<string | undefined>;
  readonly done: () => void;
}

function CloseDialog({ ids, close, done }: CloseDialogProps): JSX.Element {
  const id = useId();
  const failure = useSignal("");
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const trouble = await close(String(form.get("reason")), String(form.get("comment")).trim());
    if (trouble === undefined) done();
    else failure.value = trouble;
  };
  return (
    <Dialog title={`Close ${quantity(ids.length, "alert")}`} close={done}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <fieldset>
          <legend>Reason</legend>
          {REASONS.map((reason, index) => (
            <label key={reason}>
              <input type="radio" name="reason" value={reason} defaultChecked={index === 0} /> {reason}
            </label>
          ))}
        </fieldset>
        <label for={`${id}-comment`}>Comment</label>
        <textarea id={`${id}-comment`} name="comment" rows={3} />
        <p class="failure" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </Dialog>
  );
}

interface CommentDialogProps {
  readonly ids: readonly string[];
  readonly onComment: () => void;
  readonly done: () => void;
}

function CommentDialog({ ids, onComment, done }: CommentDialogProps): JSX.Element {
  const id = useId();
  const failure = useSignal("");
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("comment")).trim();
    if (text === "") return;
    try {
      for (const alert of ids) await api.comment(alert, text);
      onComment();
      done();
    } catch (error) {
      failure.value = messageOf(error);
    }
  };
  return (
    <Dialog title={`Comment on ${quantity(ids.length, "alert")}`} close={done}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <label for={`${id}-comment`}>Comment</label>
        <textarea id={`${id}-comment`} name="comment" rows={4} required />
        <p class="failure" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="primary">
          Comment
        </button>
      </form>
    </Dialog>
  );
}
