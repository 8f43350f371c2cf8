import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { State } from "../../src/api/filter/state.ts";
import { api } from "../api/client.ts";
import { recordChange } from "../api/state-changes.ts";
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

/** States in which an alert can have an action. */
const APPLICABLE: Readonly<Record<TriageRequest["kind"], readonly State[]>> = {
  acknowledge: ["open"],
  comment: ["open", "acknowledged", "closed"],
  close: ["open", "acknowledged"],
};

/** Returns the alerts to which an action applies. */
export function applicable(
  kind: TriageRequest["kind"],
  ids: readonly string[],
  stateOf: (id: string) => State,
): readonly string[] {
  return ids.filter((id) => APPLICABLE[kind].includes(stateOf(id)));
}

interface TriageBarProps {
  /** IDs of the focused or selected alerts. */
  readonly ids: readonly string[];
  readonly stateOf: (id: string) => State;
  /** Whether actions that do not apply are hidden; otherwise they are disabled. */
  readonly hidesInapplicable?: true;
  /** Number of alerts that the user selected. */
  readonly selected: number;
  /** Requested action. Set by the buttons and by keyboard shortcuts of the view. */
  readonly request: Signal<TriageRequest | undefined>;
  readonly onStateChange: (id: string, state: State) => void;
  readonly onDone: () => void;
}

/** Buttons that acknowledge, comment on and close alerts. Not shown to viewers. */
export function TriageBar(props: TriageBarProps): JSX.Element | null {
  const { ids, stateOf, hidesInapplicable, selected, request, onStateChange, onDone } = props;
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
        recordChange({ id, state });
        onStateChange(id, state);
      }
    } catch (error) {
      return messageOf(error);
    }
    onDone();
    return undefined;
  }

  if (!hasRole("responder")) return null;
  const action = (kind: TriageRequest["kind"], label: string, title: string): JSX.Element | null => {
    const found = applicable(kind, ids, stateOf);
    if (hidesInapplicable && found.length === 0) return null;
    const open = (): void => {
      request.value = { kind, ids: found };
    };
    return (
      <button type="button" disabled={found.length === 0} title={title} onClick={open}>
        {label}
      </button>
    );
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
      {action("acknowledge", "Acknowledge", "Acknowledge (a)")}
      {action("comment", "Comment", "Comment (c)")}
      {action("close", "Close…", "Close (e)")}
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
