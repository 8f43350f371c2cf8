import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { ManagedException, RemovedException } from "../../src/api/schemas/exception.ts";
import { api } from "../../ui-shared/api/client.ts";
import { enteredTime, inputText } from "../../ui-shared/filter/moment.ts";
import { RuleChangeDialog } from "../../ui-shared/rule/change-dialog.tsx";
import { localTimeText, timeZone } from "../../ui-shared/text/time-zone.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { ExpiryChoice, endOfPeriod, PERIODS } from "./expiry-choice.tsx";

interface ChangeProps {
  /** The exception as shown to the user. The change is rejected if the exception now has another version. */
  readonly exception: ManagedException;
  /** Called after the change, with its result. */
  readonly done: (text: string) => void;
  readonly close: () => void;
}

/** Dialog for editing the YAML of an exception. */
export function EditDialog(props: ChangeProps): JSX.Element {
  const field = useId();
  const { id, version, yaml } = props.exception;
  return (
    <RuleChangeDialog
      {...props}
      rule={props.exception.rule}
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
        If the rules do not load with the edited exception, the edit is rejected and the previous version stays active.
      </p>
    </RuleChangeDialog>
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
    <RuleChangeDialog
      {...props}
      rule={props.exception.rule}
      title="Change expiry"
      action="Save"
      result="The expiry was changed."
      send={send}
    >
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
    </RuleChangeDialog>
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
    <RuleChangeDialog
      {...props}
      rule={props.exception.rule}
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
    </RuleChangeDialog>
  );
}

/** Dialog that removes an exception. */
export function RemoveDialog(props: ChangeProps): JSX.Element {
  const { id, version, yaml } = props.exception;
  return (
    <RuleChangeDialog
      {...props}
      rule={props.exception.rule}
      title="Remove exception"
      action="Remove"
      result="The exception was removed, and the rules were reloaded."
      send={() => api.removeException(id, version)}
    >
      <p>After the removal, the rule matches these events again. You can restore the exception in the Removed panel.</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the element scrolls */}
      <pre tabIndex={0} data-focus>
        {yaml.split("\n").map((line, index) => (
          <span key={index}>
            <Untrusted text={line} />
            {"\n"}
          </span>
        ))}
      </pre>
    </RuleChangeDialog>
  );
}
