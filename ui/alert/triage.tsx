import type { JSX } from "preact";
import type { AlertDetail } from "../../src/api/schemas/alert.ts";
import { StateMark } from "../../ui-shared/text/priority.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "./panel.tsx";

/** Assignee, state changes and comments. */
export function TriagePanel({ alert }: { readonly alert: AlertDetail }): JSX.Element | null {
  const { comments, assignee } = alert;
  if (comments.length === 0 && assignee === undefined) return null;
  return (
    <Panel
      title="Triage"
      aside={
        assignee !== undefined && (
          <span class="muted">
            Assigned to <Untrusted text={assignee} />
          </span>
        )
      }
    >
      <ol class="comments">
        {comments.map(({ time, user, text, state }) => (
          <li key={time + user}>
            <p class="facts">
              <b>
                <Untrusted text={user} />
              </b>
              <span class="muted">
                <Time iso={time} milliseconds={false} />
              </span>
              {state !== undefined && state !== null && <StateMark state={state} />}
            </p>
            {text.split("\n").map((line, index) => (
              <p key={index}>
                <Untrusted text={line} />
              </p>
            ))}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
