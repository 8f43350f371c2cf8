import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { State } from "../../src/api/filter/state.ts";
import { api } from "../../ui-shared/api/client.ts";
import { recordChange } from "../../ui-shared/api/state-changes.ts";
import type { Shortcut } from "../../ui-shared/page/keys.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { changeMatching, type Matching } from "./bulk-change.ts";
import { CloseDialog, CommentDialog } from "./triage-dialogs.tsx";

/** A triage action and the alerts to which it applies. */
export interface TriageRequest {
  readonly kind: "acknowledge" | "comment" | "close";
  readonly ids: readonly string[];
  /** All alerts that match a filter, instead of individual alerts. */
  readonly matching?: Matching;
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
  /** Whether the view has another action for comments. */
  readonly withoutComment?: true;
  /** All alerts that match the filter, if the user has selected all. */
  readonly matching?: Matching | undefined;
  /** Describes what the user has selected; empty if nothing is selected. */
  readonly selected: string;
  /** Requested action. Set by the buttons and by keyboard shortcuts of the view. */
  readonly request: Signal<TriageRequest | undefined>;
  readonly onStateChange: (id: string, state: State) => void;
  readonly onDone: () => void;
}

/** Buttons that acknowledge, comment on and close alerts. Not shown to viewers. */
export function TriageBar(props: TriageBarProps): JSX.Element | null {
  const { ids, stateOf, matching, hidesInapplicable, withoutComment, selected, request, onStateChange, onDone } = props;
  const failure = useSignal("");
  const acknowledgement = request.value?.kind === "acknowledge" ? request.value : undefined;
  useEffect(() => {
    if (acknowledgement === undefined) return;
    request.value = undefined;
    void change(acknowledgement).then((error) => {
      failure.value = error ?? "";
    });
  }, [acknowledgement]);

  /** Applies a request. Resolves with an error message on failure. */
  async function change({ kind, ids: which, matching: all }: TriageRequest, text = {}): Promise<string | undefined> {
    if (all === undefined) return setStates(which, kind === "close" ? "closed" : "acknowledged", text);
    const error = await changeMatching(all, kind, text);
    if (error === undefined) onDone();
    return error;
  }

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
    const isApplicable = matching !== undefined || found.length > 0;
    if (hidesInapplicable && !isApplicable) return null;
    const open = (): void => {
      request.value = matching === undefined ? { kind, ids: found } : { kind, ids: [], matching };
    };
    return (
      <button type="button" disabled={!isApplicable} title={title} onClick={open}>
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
      {selected !== "" && (
        <>
          <span class="muted">{selected}</span>
          <button type="button" class="plain" onClick={onDone}>
            Clear selection
          </button>
        </>
      )}
      {action("acknowledge", "Acknowledge", "Acknowledge (a)")}
      {!withoutComment && action("comment", "Comment…", "Comment (c)")}
      {action("close", "Close…", "Close (e)")}
      {dialog?.kind === "comment" && <CommentDialog request={dialog} onComment={onDone} onClosed={closeDialog} />}
      {dialog?.kind === "close" && (
        <CloseDialog
          request={dialog}
          close={(reason, comment) => change(dialog, { reason, ...(comment !== "" && { comment }) })}
          onClosed={closeDialog}
        />
      )}
    </span>
  );
}
