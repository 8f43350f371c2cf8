import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX, TargetedEvent, TargetedKeyboardEvent } from "preact";
import { useId } from "preact/hooks";
import { scopeInFields } from "../../src/alert/scope.ts";
import type { AlertGroup } from "../../src/api/schemas/group.ts";
import { Dialog } from "../page/dialog.tsx";
import { session } from "../page/session.ts";
import { changeGroups, type GroupChangeBody } from "./change-groups.ts";
import { GroupScopeText } from "./group-scope.tsx";

export type GroupDialogKind = "assign" | "snooze" | "auto_close" | "comment";

interface GroupDialogProps {
  readonly kind: GroupDialogKind;
  /** One alert of each group. */
  readonly alerts: readonly string[];
  /** Describes the groups, such as `2 groups`. */
  readonly subject: string;
  /** For `auto_close`: the alert from which the request is made. */
  readonly newest?: AlertGroup["newest"];
  readonly onChanged: () => void;
  readonly onClosed: () => void;
}

const HOUR = 3_600_000;
/** Durations, with their labels. */
const DURATIONS = [
  [HOUR, "1 hour"],
  [8 * HOUR, "8 hours"],
  [24 * HOUR, "1 day"],
  [7 * 24 * HOUR, "7 days"],
  [30 * 24 * HOUR, "30 days"],
] as const;

const TITLES: Readonly<Record<GroupDialogKind, string>> = {
  assign: "Assign",
  snooze: "Snooze",
  auto_close: "Close new alerts of",
  comment: "Comment on",
};

/** A dialog that changes the triage of groups. */
export function GroupDialog({ kind, alerts, subject, newest, onChanged, onClosed }: GroupDialogProps): JSX.Element {
  const failure = useSignal("");
  const sending = useSignal(false);
  const submit = async (event: TargetedEvent<HTMLFormElement, SubmitEvent>): Promise<void> => {
    event.preventDefault();
    if (sending.peek()) return;
    const body = bodyOf(kind, new FormData(event.currentTarget, event.submitter));
    sending.value = true;
    const error = await changeGroups(alerts, body);
    sending.value = false;
    onChanged(); // even after an error, since some groups may have been changed
    if (error === undefined) onClosed();
    else failure.value = error;
  };
  const Content = CONTENTS[kind];
  return (
    <Dialog title={`${TITLES[kind]} ${subject}`} close={onClosed}>
      <form class="stacked" onSubmit={(event) => void submit(event)} onKeyDown={chooseByNumber}>
        <Content sending={sending.value} newest={newest} />
        <p class="failure" role="alert">
          {failure.value}
        </p>
      </form>
    </Dialog>
  );
}

interface ContentProps {
  readonly sending: boolean;
  readonly newest: AlertGroup["newest"] | undefined;
}

type Content = (props: ContentProps) => ComponentChildren;

const CONTENTS: Readonly<Record<GroupDialogKind, Content>> = {
  assign: Assign,
  snooze: Snooze,
  auto_close: AutoClose,
  comment: Comment,
};

function Assign({ sending }: { readonly sending: boolean }): JSX.Element {
  const id = useId();
  return (
    <>
      <label for={id}>User name</label>
      <input id={id} name="assignee" maxLength={64} value={session.value?.user ?? ""} autocomplete="off" />
      <p class="muted">Leave the name empty to remove the assignee.</p>
      <button type="submit" class="primary" disabled={sending}>
        Assign
      </button>
    </>
  );
}

/** The user selects a duration with a button or its number key, as in the dialog for closing alerts. */
function Snooze({ sending }: { readonly sending: boolean }): JSX.Element {
  return (
    <>
      <p>Snoozed groups are hidden from the list until the snooze ends. Their alerts do not change.</p>
      <fieldset class="reasons" tabIndex={-1} data-focus>
        <legend>Snooze for</legend>
        {DURATIONS.map(([duration, label], index) => (
          <button
            key={duration}
            type="submit"
            name="duration"
            value={duration}
            disabled={sending}
            aria-keyshortcuts={`${index + 1}`}
          >
            <span class="muted" aria-hidden="true">
              {index + 1}
            </span>{" "}
            {label}
          </button>
        ))}
      </fieldset>
    </>
  );
}

function AutoClose({ sending, newest }: ContentProps): JSX.Element {
  const id = useId();
  return (
    <>
      <p>
        New alerts of this group are closed when they are stored. They are still sent to the outputs, and responses
        still run. To prevent the alerts, add an exception to the rule instead.
      </p>
      {newest !== undefined && (
        <p>
          <GroupScopeText scope={scopeInFields(newest)} />
        </p>
      )}
      <label for={`${id}-text`}>Reason</label>
      <textarea id={`${id}-text`} name="text" rows={3} required maxLength={4000} data-focus />
      <label for={`${id}-duration`}>End</label>
      <select id={`${id}-duration`} name="duration">
        {DURATIONS.slice(2).map(([duration, label]) => (
          <option key={duration} value={duration}>
            After {label}
          </option>
        ))}
        <option value="">When stopped manually</option>
      </select>
      <button type="submit" class="primary" disabled={sending}>
        Close new alerts
      </button>
    </>
  );
}

function Comment({ sending }: { readonly sending: boolean }): JSX.Element {
  const id = useId();
  return (
    <>
      <label for={id}>Comment</label>
      <textarea id={id} name="text" rows={4} required maxLength={4000} />
      <button type="submit" class="primary" disabled={sending}>
        Add comment
      </button>
    </>
  );
}

function bodyOf(action: GroupDialogKind, form: FormData): GroupChangeBody {
  const value = (name: string): string => String(form.get(name) ?? "").trim();
  const duration = Number(value("duration"));
  const until = duration > 0 ? { until: new Date(Date.now() + duration).toISOString() } : {};
  if (action === "assign") return { action, assignee: value("assignee") };
  return { action, ...until, ...(action !== "snooze" && { text: value("text") }) };
}

/** Presses the button with the number of the pressed key. */
function chooseByNumber(event: TargetedKeyboardEvent<HTMLFormElement>): void {
  if (event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const button =
    event.currentTarget.querySelectorAll<HTMLButtonElement>("button[name=duration]")[Number(event.key) - 1];
  if (button === undefined) return;
  event.preventDefault();
  event.currentTarget.requestSubmit(button);
}
