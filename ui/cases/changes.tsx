import type { JSX } from "preact";
import type { CaseChange } from "../../src/api/schemas/case.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

/** Descriptions of the actions. */
const ACTIONS: Readonly<Record<CaseChange["action"], string>> = {
  open: "opened the case",
  rename: "renamed the case",
  assign: "changed the owner",
  add_alert: "added an alert",
  add_group: "added a group",
  remove_alert: "removed an alert",
  remove_group: "removed a group",
  comment: "commented",
  close: "closed the case",
  reopen: "reopened the case",
};

/** The history of a case, the newest change first. */
export function CaseChanges({ changes }: { readonly changes: readonly CaseChange[] }): JSX.Element {
  return (
    <ol class="comments">
      {changes.toReversed().map(({ time, user, action, value, text = "" }, index) => (
        <li key={index}>
          <p class="facts">
            <b>
              <Untrusted text={user} />
            </b>
            <span class="muted">
              <Time iso={time} milliseconds={false} dated />
            </span>
            <span>
              {action === "assign" && value === undefined ? "removed the owner" : ACTIONS[action]}
              {action === "assign" && value !== undefined && (
                <>
                  : <Untrusted text={value} />
                </>
              )}
            </span>
          </p>
          {text.split("\n").map((line, at) => (
            <p key={at}>
              <Untrusted text={line} />
            </p>
          ))}
        </li>
      ))}
    </ol>
  );
}
