import type { JSX } from "preact";
import { StateMark } from "../alerts/priority.tsx";
import type { AlertDetail } from "../api/types.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { Panel } from "./panel.tsx";

/** What people said and decided. */
export function CommentsPanel({ alert }: { readonly alert: AlertDetail }): JSX.Element | null {
  const { comments, assignee } = alert;
  if (comments.length === 0 && assignee === undefined) return null;
  return (
    <Panel
      title="Comments"
      aside={
        assignee !== undefined && (
          <span class="quiet">
            with <Untrusted text={assignee} />
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
              <span class="quiet">
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
