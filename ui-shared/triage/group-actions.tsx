import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Shortcut } from "../page/keys.ts";
import { hasRole, session } from "../page/session.ts";
import { changeGroups } from "./change-groups.ts";
import { GroupDialog, type GroupDialogKind } from "./group-dialog.tsx";

/** Keyboard shortcuts for the triage of groups. Viewers have none. */
export function groupShortcuts(open: (kind: GroupDialogKind) => unknown): readonly Shortcut[] {
  if (!hasRole("responder")) return [];
  return [
    { keys: "m", description: "Assign", run: () => open("assign") },
    { keys: "s", description: "Snooze", run: () => open("snooze") },
  ];
}

interface GroupActionsProps {
  /** One alert of each selected group. */
  readonly alerts: readonly string[];
  /** The dialog that is open. Set by the buttons and by keyboard shortcuts of the view. */
  readonly dialog: Signal<GroupDialogKind | undefined>;
  readonly subject: string;
  /** Whether a snooze can be ended. */
  readonly snoozed: boolean;
  readonly onChanged: () => void;
}

/** Buttons that assign and snooze groups. Not shown to viewers. */
export function GroupActions({ alerts, dialog, subject, snoozed, onChanged }: GroupActionsProps): JSX.Element | null {
  const failure = useSignal("");
  if (!hasRole("responder")) return null;
  const none = alerts.length === 0;
  const change = async (body: Parameters<typeof changeGroups>[1]): Promise<void> => {
    failure.value = (await changeGroups(alerts, body)) ?? "";
    onChanged();
  };
  return (
    <span class="triage">
      {failure.value !== "" && (
        <span class="failure" role="alert">
          {failure.value}
        </span>
      )}
      <button
        type="button"
        disabled={none}
        onClick={() => void change({ action: "assign", assignee: session.peek()?.user ?? "" })}
      >
        Assign to me
      </button>
      <button type="button" disabled={none} title="Assign (m)" onClick={() => open("assign")}>
        Assign…
      </button>
      {snoozed ? (
        <button type="button" disabled={none} onClick={() => void change({ action: "end_snooze" })}>
          End snooze
        </button>
      ) : (
        <button type="button" disabled={none} title="Snooze (s)" onClick={() => open("snooze")}>
          Snooze…
        </button>
      )}
      {dialog.value !== undefined && (
        <GroupDialog
          kind={dialog.value}
          alerts={alerts}
          subject={subject}
          onChanged={onChanged}
          onClosed={() => {
            dialog.value = undefined;
          }}
        />
      )}
    </span>
  );

  function open(kind: GroupDialogKind): void {
    dialog.value = kind;
  }
}
