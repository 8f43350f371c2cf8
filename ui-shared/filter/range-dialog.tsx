import { useSignal } from "@preact/signals";
import type { JSX, TargetedSubmitEvent } from "preact";
import { useId } from "preact/hooks";
import { Dialog } from "../page/dialog.tsx";
import { localTimeText, timeZone } from "../text/time-zone.ts";
import type { Filter } from "./filter.ts";
import { enteredTime, inputText } from "./moment.ts";
import { beginOf, endOf } from "./time-range.ts";

interface RangeDialogProps {
  readonly filter: Filter;
  readonly apply: (range: Pick<Filter, "since" | "until">) => void;
  readonly close: () => void;
}

/** Dialog for an absolute time range. The URL then contains the times in UTC. */
export function RangeDialog({ filter, apply, close }: RangeDialogProps): JSX.Element {
  const id = useId();
  const failure = useSignal("");
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const begin = timeIn(event.currentTarget, "from");
    const to = event.currentTarget.elements.namedItem("to");
    // An incomplete input has an empty value, too.
    const isOpen = to instanceof HTMLInputElement && to.value === "" && !to.validity.badInput;
    const end = isOpen ? Number.POSITIVE_INFINITY : timeIn(event.currentTarget, "to");
    if (begin === undefined) failure.value = "Enter the date and time at which the range begins.";
    else if (end === undefined) failure.value = "Enter the date and time at which the range ends, or leave it empty.";
    else if (begin >= end) failure.value = "The range must end after it begins.";
    else {
      apply({ since: new Date(begin).toISOString(), until: isOpen ? "" : new Date(end).toISOString() });
      close();
    }
  };
  const now = Date.now();
  const begin = beginOf(filter, now);
  const end = endOf(filter, now);
  return (
    <Dialog title="Time range" close={close}>
      <form class="range-form" onSubmit={submit} noValidate>
        <label for={`${id}-from`}>From</label>
        <input
          id={`${id}-from`}
          name="from"
          type="datetime-local"
          step="1"
          defaultValue={begin === undefined ? "" : inputText(begin)}
          aria-describedby={`${id}-zone ${id}-failure`}
        />
        <label for={`${id}-to`}>To (empty: now)</label>
        <input
          id={`${id}-to`}
          name="to"
          type="datetime-local"
          step="1"
          defaultValue={end === undefined ? "" : inputText(end)}
          aria-describedby={`${id}-zone ${id}-failure`}
        />
        <p id={`${id}-zone`} class="muted">
          {timeZone.value === "utc"
            ? "Times are in UTC. To use local time, press UTC in the header."
            : `Times are in ${localTimeText()}. To use UTC, press Local in the header.`}
        </p>
        <p id={`${id}-failure`} class="failure" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="primary">
          Apply
        </button>
      </form>
    </Dialog>
  );
}

function timeIn(form: HTMLFormElement, name: string): number | undefined {
  const input = form.elements.namedItem(name);
  return input instanceof HTMLInputElement ? enteredTime(input.value) : undefined;
}
