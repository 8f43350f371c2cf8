import type { JSX } from "preact";
import { useEffect, useId } from "preact/hooks";
import type { Status } from "../../src/api/schemas/status.ts";
import { api } from "../api/client.ts";
import { latestAlert, status } from "../api/live.ts";
import { ALL_TIME, NO_FILTER } from "../filter/filter.ts";
import { alertAddress } from "../filter/time-range.ts";
import { parameters } from "../page/router.ts";
import { hasRole } from "../page/session.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { FirstAction } from "./first-action.tsx";
import { beginWith, dismissFirstSteps, isShown, type Progress, progress, recordFirstAlert } from "./progress.ts";
import { Step } from "./step.tsx";

/** Steps from an empty journal to a first exception. Shown until the user has dismissed or finished the steps. */
export function FirstSteps(): JSX.Element | null {
  const current = status.value;
  useEffect(() => {
    if (current !== undefined) beginWith(current.journal.alerts);
  }, [current]);
  const shown = progress.value;
  if (current === undefined || !isShown(shown)) return null;
  return <Steps status={current} progress={shown} />;
}

interface StepsProps {
  readonly status: Status;
  readonly progress: Progress;
}

function Steps({ status: current, progress: { alert, opened, exception } }: StepsProps): JSX.Element {
  const heading = useId();
  useFirstAlert(alert !== undefined, current.journal.alerts > 0);
  const address = alert === undefined ? undefined : alertAddress(alert.id, parameters.value);
  // Viewers cannot create exceptions.
  const isFinished = opened === true && (exception === true || !hasRole("responder"));
  return (
    <section class="panel first-steps" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>First steps</h2>
        <button type="button" class={isFinished ? "primary" : "plain"} onClick={dismissFirstSteps}>
          {isFinished ? "Finish" : "Dismiss"}
        </button>
      </header>
      <ol>
        <FirstAction status={current} isDone={alert !== undefined} />
        <Step title="Watch an alert arrive" isDone={alert !== undefined}>
          <p role="status">
            {alert === undefined ? (
              <>
                <span class="live-dot on" aria-hidden="true" /> Waiting for the first alert. It appears here
                automatically.
              </>
            ) : (
              <>
                Arrived: <Untrusted text={alert.rule} />, <Time iso={alert.time} milliseconds={false} />
              </>
            )}
          </p>
        </Step>
        <Step title="Open the alert" isDone={opened === true}>
          <p>
            {address === undefined ? "The page of an alert" : <a href={address}>The page of the alert</a>} shows why it
            was raised, the process tree and related alerts.
          </p>
        </Step>
        {hasRole("responder") && (
          <Step title="Create an exception" isDone={exception === true}>
            <p>
              For expected alerts, the page of the alert{" "}
              {address === undefined ? (
                "proposes an exception"
              ) : (
                <a href={`${address}#exception`}>proposes an exception</a>
              )}{" "}
              and shows which alerts it excludes. {!hasRole("admin") && "An admin applies it."}
            </p>
          </Step>
        )}
      </ol>
    </section>
  );
}

/** Records the first alert when an event stream receives it, or when the status states that there are alerts. */
function useFirstAlert(isKnown: boolean, exists: boolean): void {
  const received = latestAlert.value;
  useEffect(() => {
    if (received !== undefined) recordFirstAlert(received);
  }, [received]);
  useEffect(() => {
    if (isKnown || !exists) return;
    const controller = new AbortController();
    api.alerts({ ...NO_FILTER, since: ALL_TIME }, { limit: 1, order: "oldest" }, controller.signal).then(
      ({ alerts: [first] }) => {
        if (first !== undefined) recordFirstAlert(first);
      },
      () => {}, // repeated with the next status
    );
    return () => controller.abort();
  }, [isKnown, exists]);
}
