import { signal } from "@preact/signals";
import type { Alert } from "../../src/api/schemas/alert.ts";

const KEY = "eyas-first-steps";

/** The first alert of the journal. */
type FirstAlert = Pick<Alert, "id" | "rule" | "time">;

/** Progress of a user with the first steps. */
export interface Progress {
  /** The first alert, after it has arrived. */
  readonly alert?: FirstAlert;
  /** Whether the page of an alert was opened. */
  readonly opened?: true;
  /** Whether an exception was created. */
  readonly exception?: true;
  /** Whether the steps are not shown: the user dismissed them, finished them, or already used the web UI. */
  readonly dismissed?: true;
}

/** Progress of the user of this browser; undefined until the first status shows whether the journal has alerts. */
export const progress = signal<Progress | undefined>(remembered());

/** Reads the progress from the browser's storage. Finished steps are not shown again. */
function remembered(): Progress | undefined {
  const text = window.localStorage.getItem(KEY);
  if (text === null) return undefined;
  try {
    const stored: unknown = JSON.parse(text);
    if (isProgress(stored) && !(stored.opened && stored.exception)) return stored;
  } catch {
    // An invalid text counts as dismissed.
  }
  return { dismissed: true };
}

function isProgress(value: unknown): value is Progress {
  if (typeof value !== "object" || value === null) return false;
  const { alert }: { readonly alert?: unknown } = value;
  return alert === undefined || isFirstAlert(alert);
}

function isFirstAlert(value: unknown): value is FirstAlert {
  if (typeof value !== "object" || value === null) return false;
  const { id, rule, time }: Partial<Record<keyof FirstAlert, unknown>> = value;
  return [id, rule, time].every((each) => typeof each === "string");
}

function update(next: Progress): void {
  progress.value = next;
  window.localStorage.setItem(KEY, JSON.stringify(next));
}

/** Shows the first steps to a user whose journal has no alerts, and never to others. */
export function beginWith(alerts: number): void {
  if (progress.peek() === undefined) update(alerts === 0 ? {} : { dismissed: true });
}

/** Records the first alert. */
export function recordFirstAlert({ id, rule, time }: FirstAlert): void {
  const current = progress.peek();
  if (isShown(current) && current.alert === undefined) update({ ...current, alert: { id, rule, time } });
}

/** Marks a step as done. Has no effect if the steps are not shown. */
export function completeStep(step: "opened" | "exception"): void {
  const current = progress.peek();
  if (isShown(current) && current[step] !== true) update({ ...current, [step]: true });
}

export function dismissFirstSteps(): void {
  update({ dismissed: true });
}

/** Whether the first steps are shown. */
export function isShown(current: Progress | undefined): current is Progress {
  return current !== undefined && current.dismissed !== true;
}
