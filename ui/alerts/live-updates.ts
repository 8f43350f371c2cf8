import { useEffect, useRef } from "preact/hooks";
import type { State } from "../../src/api/filter/state.ts";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { subscribe } from "../../ui-shared/api/live.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { endedChanges } from "./bulk-change.ts";
import type { AlertRows } from "./rows.ts";

interface LiveUpdateOptions {
  /** Whether new alerts are shown immediately; otherwise they stay pending. */
  readonly shouldShow: () => boolean;
  /** Called after alerts have arrived. */
  readonly onAlerts: () => void;
  /** Called after any user has changed the state of an alert. */
  readonly onStateChange: (id: string, state: State) => void;
  /** Called when the list must be fetched again. */
  readonly reload: () => void;
}

/** Fetches the first page and keeps the list up to date while the component is mounted. */
export function useLiveUpdates(
  filter: Filter,
  rows: AlertRows,
  { shouldShow, onAlerts, onStateChange, reload }: LiveUpdateOptions,
): void {
  const update = useRef((): void => {});
  const ended = endedChanges.value;
  const seen = useRef(ended);
  useEffect(() => {
    if (seen.current !== ended) update.current();
    seen.current = ended;
  }, [ended]);
  // The options do not change while `rows` is the same.
  useEffect(() => {
    let received: Alert[] = [];
    let frame = 0;
    let unsubscribe = (): void => {};
    let isClosed = false;
    // Alerts that arrive within one frame are added in one update.
    const flush = (): void => {
      frame = 0;
      rows.add(received, shouldShow());
      received = [];
      onAlerts();
      if (rows.isTooLong) reload();
    };
    let catching = false;
    let isAgain = false;
    const catchUp = (): void => {
      isAgain = catching;
      if (catching) return;
      catching = true;
      void rows.catchUp(shouldShow()).then((isComplete) => {
        catching = false;
        if (isClosed) return;
        if (!isComplete) reload();
        else if (isAgain) catchUp();
      });
    };
    // After a bulk change, any number of alerts may have entered or left a list of alerts in one state.
    update.current = () => {
      if (filter.state === "") catchUp();
      else reload();
      onAlerts();
    };
    void rows.begin().then((follow) => {
      const isBounded = filter.until !== "";
      if (isClosed || isBounded) return;
      let isFollowing = follow !== undefined;
      unsubscribe = subscribe(
        filter,
        {
          alert: (alert) => {
            received.push(alert);
            frame ||= requestAnimationFrame(flush);
          },
          open: () => {
            // The stream starts where the first page ends. After the stream has reconnected, events may be missing.
            if (!isFollowing) catchUp();
            isFollowing = false;
          },
          state: ({ id, state }) => onStateChange(id, state),
          states: () => update.current(),
          reload,
        },
        follow,
      );
    });
    return () => {
      isClosed = true;
      cancelAnimationFrame(frame);
      unsubscribe();
      rows.close();
    };
  }, [rows]);
}
