import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX, TargetedSubmitEvent } from "preact";
import { useId } from "preact/hooks";
import type { ManagedException, RemovedException } from "../../src/api/schemas/exception.ts";
import { api } from "../../ui-shared/api/client.ts";
import { enteredTime, inputText } from "../../ui-shared/filter/moment.ts";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { localTimeText, timeZone } from "../../ui-shared/text/time-zone.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { ExpiryChoice, endOfPeriod, PERIODS } from "./expiry-choice.tsx";

interface ChangeProps {
  /** The exception as the user saw it: the change is rejected if it has another version. */
  readonly exception: ManagedException;
  /** Called after the change, with its result. */
  readonly done: (text: string) => void;
  readonly close: () => void;
}

interface ChangeDialogProps extends Omit<ChangeProps, "exception"> {
  readonly exception: Pick<ManagedException, "rule">;
  readonly title: string;
  readonly action: string;
  /** The result of the change. */
  readonly result: string;
  /** Sends the change. Rejects with a message for the user. */
  readonly send: (form: HTMLFormElement) => Promise<unknown>;
  readonly children: ComponentChildren;
}

/** A dialog whose form changes an exception. */
function ChangeDialog(props: ChangeDialogProps): JSX.Element {
  const { title, action, result, send, exception, done, close, children } = props;
  const failure = useSignal("");
  const isSending = useSignal(false);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (isSending.peek()) return;
    isSending.value = true;
    failure.value = "";
    try {
      await send(event.currentTarget);
      done(result);
    } catch (error) {
      failure.value = messageOf(error);
    } finally {
      isSending.value = false;
    }
  };
  return (
    <Dialog title={title} close={close}>
      <form class="stacked exception-form" onSubmit={(event) => void submit(event)} noValidate>
        <p>
          Rule: <Untrusted text={exception.rule} />
        </p>
        {children}
        <p class="failure" role="alert">
          {failure.value !== "" && <Untrusted text={failure.value} />}
        </p>
        <button type="submit" class="primary" aria-disabled={isSending.value}>
          {isSending.value ? "Checking…" : action}
        </button>
      </form>
    </Dialog>
  );
}

/** Dialog for editing the YAML of an exception. */
export function EditDialog(props: ChangeProps): JSX.Element {
  const field = useId();
  const { id, version, yaml } = props.exception;
  return (
    <ChangeDialog
      {...props}
      title="Edit exception"
      action="Save"
      result="The exception was changed, and the rules were reloaded."
      send={(form) => api.editException(id, version, String(new FormData(form).get("yaml")))}
    >
      <label for={field}>Exception (YAML)</label>
      <textarea
        id={field}
        name="yaml"
        class="mono"
        spellcheck={false}
        rows={Math.min(20, yaml.split("\n").length + 1)}
        defaultValue={yaml}
      />
      <p class="muted">
        If the rules do not load with the edited exception, it is rejected and the previous version stays active.
      </p>
    </ChangeDialog>
  );
}

/** Dialog for setting or clearing the expiry of an exception. */
export function ExpiryDialog(props: ChangeProps): JSX.Element {
  const field = useId();
  const { id, version, expires } = props.exception;
  const period = useSignal(expires === undefined ? "" : "at");
  const send = (form: HTMLFormElement): Promise<unknown> => {
    if (period.peek() !== "at") return api.setExceptionExpiry(id, version, endOfPeriod(period.peek()) ?? null);
    const at = enteredTime(String(new FormData(form).get("at")));
    if (at === undefined) return Promise.reject(new Error("Enter the date and time at which the exception expires."));
    return api.setExceptionExpiry(id, version, new Date(at).toISOString());
  };
  return (
    <ChangeDialog {...props} title="Change expiry" action="Save" result="The expiry was changed." send={send}>
      <label for={`${field}-period`}>Expires</label>
      <select
        id={`${field}-period`}
        value={period.value}
        onChange={({ currentTarget }) => {
          period.value = currentTarget.value;
        }}
      >
        {PERIODS.map(([days, label]) => (
          <option key={days} value={days}>
            {label}
          </option>
        ))}
        <option value="at">At a specific time</option>
      </select>
      {period.value === "at" && (
        <>
          <label for={`${field}-at`}>Date and time</label>
          <input
            id={`${field}-at`}
            name="at"
            type="datetime-local"
            step="1"
            defaultValue={expires === undefined ? "" : inputText(Date.parse(expires))}
            aria-describedby={`${field}-zone`}
          />
          <p id={`${field}-zone`} class="muted">
            {timeZone.value === "utc" ? "In UTC." : `In ${localTimeText()}.`}
          </p>
        </>
      )}
      <p class="muted">Eyas removes an expired exception from the file within a minute.</p>
    </ChangeDialog>
  );
}

interface RestoreProps extends Omit<ChangeProps, "exception"> {
  readonly exception: RemovedException;
}

/** Dialog that restores an exception whose expiry is in the past, with another expiry. */
export function RestoreDialog(props: RestoreProps): JSX.Element {
  const field = useId();
  const { id, version } = props.exception;
  const period = useSignal("7");
  const isEndless = period.value === "";
  return (
    <ChangeDialog
      {...props}
      title="Restore exception"
      action="Restore"
      result={
        isEndless
          ? "The exception was restored without an expiry, and the rules were reloaded."
          : "The exception was restored with a new expiry, and the rules were reloaded."
      }
      send={() => api.revertException(id, version, endOfPeriod(period.peek()) ?? null)}
    >
      <p>The previous expiry has passed. Select a new one.</p>
      <label for={field}>Expires</label>
      <ExpiryChoice
        id={field}
        value={period.value}
        select={(days) => {
          period.value = days;
        }}
      />
      <p class="muted">
        {isEndless
          ? "The exception stays until it is removed."
          : "Eyas removes an expired exception from the file within a minute."}
      </p>
    </ChangeDialog>
  );
}

/** Dialog that removes an exception. */
export function RemoveDialog(props: ChangeProps): JSX.Element {
  const { id, version, yaml } = props.exception;
  return (
    <ChangeDialog
      {...props}
      title="Remove exception"
      action="Remove"
      result="The exception was removed, and the rules were reloaded."
      send={() => api.removeException(id, version)}
    >
      <p>After the removal, the rule matches these events again. You can restore the exception in the Removed panel.</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre tabIndex={0} data-focus>
        {yaml.split("\n").map((line, index) => (
          <span key={index}>
            <Untrusted text={line} />
            {"\n"}
          </span>
        ))}
      </pre>
    </ChangeDialog>
  );
}
