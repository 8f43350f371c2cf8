import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { State } from "../../src/api/filter/state.ts";
import { api } from "../api/client.ts";
import type { Shortcut } from "../shell/keys.ts";
import { messageOf } from "../shell/resource.ts";
import { hasRole } from "../shell/session.ts";
import { CloseDialog, CommentDialog } from "./triage-dialogs.tsx";

/** A triage action and the alerts to which it applies. */
export interface TriageRequest {
  readonly kind: "acknowledge" | "comment" | "close";
  readonly ids: readonly string[];
}

/** Keyboard shortcuts for triage. Viewers have none, since the server would reject their requests. */
export function triageShortcuts(run: (kind: TriageRequest["kind"]) => () => unknown): readonly Shortcut[] {
  if (!hasRole("responder")) return [];
  return [
    { keys: "a", description: "Acknowledge", run: run("acknowledge") },
    { keys: "c", description: "Comment", run: run("comment") },
    { keys: "e", description: "Close", run: run("close") },
  ];
}

interface TriageBarProps {
  /** IDs of the alerts to which the buttons apply. */
  readonly ids: readonly string[];
  /** Number of alerts that the user selected. */
  readonly selected: number;
  /** Requested action. Set by the buttons and by keyboard shortcuts of the view. */
  readonly request: Signal<TriageRequest | undefined>;
  readonly onStateChange: (id: string, state: State) => void;
  readonly onDone: () => void;
}

/** Buttons that acknowledge, comment on and close alerts. Not shown to viewers. */
export function TriageBar({ ids, selected, request, onStateChange, onDone }: TriageBarProps): JSX.Element | null {
  const failure = useSignal("");
  const acknowledgement = request.value?.kind === "acknowledge" ? request.value : undefined;
  useEffect(() => {
    if (acknowledgement === undefined) return;
    request.value = undefined;
    void setStates(acknowledgement.ids, "acknowledged").then((error) => {
      failure.value = error ?? "";
    });
  }, [acknowledgement]);

  /** Resolves with an error message on failure. */
  async function setStates(which: readonly string[], state: State, more = {}): Promise<string | undefined> {
    try {
      for (const id of which) {
        await api.setState(id, { state, ...more });
        onStateChange(id, state);
      }
    } catch (error) {
      return messageOf(error);
    }
    onDone();
    return undefined;
  }

  if (!hasRole("responder")) return null;
  const open = (kind: TriageRequest["kind"]) => () => {
    request.value = { kind, ids };
  };
  const closeDialog = (): void => {
    request.value = undefined;
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
          <span class="muted">{selected} selected</span>
          <button type="button" class="plain" onClick={onDone}>
            Clear selection
          </button>
        </>
      )}
      <button type="button" disabled={ids.length === 0} title="Acknowledge (a)" onClick={open("acknowledge")}>
        Acknowledge
      </button>
      <button type="button" disabled={ids.length === 0} title="Comment (c)" onClick={open("comment")}>
        Comment
      </button>
      <button type="button" disabled={ids.length === 0} title="Close (e)" onClick={open("close")}>
        Close…
      </button>
      {dialog?.kind === "comment" && <CommentDialog ids={dialog.ids} onComment={onDone} onClosed={closeDialog} />}
      {dialog?.kind === "close" && (
        <CloseDialog
          ids={dialog.ids}
          close={(reason, comment) => setStates(dialog.ids, "closed", { reason, ...(comment !== "" && { comment }) })}
          onClosed={closeDialog}
        />
      )}
    </span>
  );
}
