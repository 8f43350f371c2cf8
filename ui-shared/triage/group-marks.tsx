import type { JSX } from "preact";
import type { AlertGroup } from "../../src/api/schemas/group.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";

/** The assignee of a group, and whether it is snoozed or its new alerts are closed. */
export function GroupMarks({ group }: { readonly group: AlertGroup }): JSX.Element | null {
  const { assignee, snoozedUntil, autoClose, notes } = group;
  if (assignee === undefined && snoozedUntil === undefined && autoClose === undefined && notes === undefined)
    return null;
  return (
    <span class="group-marks">
      {assignee !== undefined && (
        <span class="tag" title="Assignee">
          <span class="visually-hidden">Assigned to </span>
          <Untrusted text={assignee} />
        </span>
      )}
      {snoozedUntil !== undefined && (
        <span class="tag">
          Snoozed until <Time iso={snoozedUntil} milliseconds={false} />
        </span>
      )}
      {autoClose !== undefined && (
        <span class="tag">
          New alerts from <Untrusted text={autoClose.scope.hostname} empty="(no name)" /> are closed
        </span>
      )}
      {notes !== undefined && (
        <span class="tag" title="Comments on the group">
          {notes === 1 ? "1 comment" : `${notes} comments`}
        </span>
      )}
    </span>
  );
}
