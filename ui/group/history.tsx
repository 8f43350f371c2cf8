import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { GroupChange, GroupDetail } from "../../src/api/schemas/group.ts";
import { status } from "../../ui-shared/api/live.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { changeGroups } from "../../ui-shared/triage/change-groups.ts";
import { GroupDialog, type GroupDialogKind } from "../../ui-shared/triage/group-dialog.tsx";
import { GroupScopeText } from "../../ui-shared/triage/group-scope.tsx";
import { Panel } from "../alert/panel.tsx";

interface GroupHistoryProps {
  readonly group: GroupDetail;
  readonly changed: () => void;
}

/** Comments on a group, and the changes of its triage. */
export function GroupHistory({ group, changed }: GroupHistoryProps): JSX.Element {
  const { id } = group.newest;
  const dialog = useSignal<GroupDialogKind | undefined>(undefined);
  const failure = useSignal("");
  const open = (kind: GroupDialogKind) => (): void => {
    dialog.value = kind;
  };
  const stop = async (): Promise<void> => {
    failure.value = (await changeGroups([id], { action: "end_auto_close" })) ?? "";
    changed();
  };
  return (
    <Panel
      title="Triage"
      aside={
        hasRole("responder") && (
          <span class="facts">
            <button type="button" onClick={open("comment")}>
              Comment…
            </button>
            {group.autoClose !== undefined ? (
              <button type="button" onClick={() => void stop()}>
                Stop closing new alerts
              </button>
            ) : (
              status.value?.fleet === false &&
              group.key !== "" && (
                <button type="button" onClick={open("auto_close")}>
                  Close new alerts…
                </button>
              )
            )}
          </span>
        )
      }
    >
      {failure.value !== "" && (
        <p class="failure" role="alert">
          {failure.value}
        </p>
      )}
      {group.autoClose !== undefined && (
        <p>
          New alerts are closed automatically
          {group.autoClose.until !== undefined && (
            <>
              {" "}
              until <Time iso={group.autoClose.until} milliseconds={false} />
            </>
          )}
          : <Untrusted text={group.autoClose.reason} /> (<Untrusted text={group.autoClose.user} />){". "}
          <GroupScopeText scope={group.autoClose.scope} />
        </p>
      )}
      {group.changes.length === 0 && <p class="muted">No comments or assignments.</p>}
      <ol class="comments">
        {group.changes.toReversed().map((change, index) => (
          <li key={index}>
            <p class="facts">
              <b>
                <Untrusted text={change.user} />
              </b>
              <span class="muted">
                <Time iso={change.time} milliseconds={false} />
              </span>
              <span>
                <Done change={change} />
              </span>
            </p>
            {(change.text ?? "").split("\n").map((line, at) => (
              <p key={at}>
                <Untrusted text={line} />
              </p>
            ))}
          </li>
        ))}
      </ol>
      {dialog.value !== undefined && (
        <GroupDialog
          kind={dialog.value}
          alerts={[id]}
          subject="the group"
          newest={group.newest}
          onChanged={changed}
          onClosed={() => {
            dialog.value = undefined;
          }}
        />
      )}
    </Panel>
  );
}

/** Describes a change. */
function Done({ change: { action, value } }: { readonly change: GroupChange }): JSX.Element {
  switch (action) {
    case "assign":
      return value === undefined ? (
        <>removed the assignee</>
      ) : (
        <>
          assigned the group to <Untrusted text={value} />
        </>
      );
    case "snooze":
      return <>snoozed the group until {value !== undefined && <Time iso={value} milliseconds={false} />}</>;
    case "end_snooze":
      return <>ended the snooze</>;
    case "auto_close":
      return <>enabled automatic closing of new alerts</>;
    case "end_auto_close":
      return <>disabled automatic closing of new alerts</>;
    case "comment":
      return <>commented</>;
  }
}
