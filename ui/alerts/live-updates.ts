import { useEffect } from "preact/hooks";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { subscribe } from "../api/live.ts";
import type { Filter } from "../filter/filter.ts";
import type { AlertRows } from "./rows.ts";

interface LiveUpdateOptions {
  /** Whether new alerts are shown at once; else they wait until the user asks for them. */
  readonly shouldShow: () => boolean;
  /** Called when alerts came in. */
  readonly onAlerts: () => void;
  /** Called when the list had better begin anew. */
  readonly reload: () => void;
}

/** Fills the list and keeps it up with what happens, as long as it is there. */
export function useLiveUpdates(
  filter: Filter,
  rows: AlertRows,
  { shouldShow, onAlerts, reload }: LiveUpdateOptions,
): void {
  // What is wished is the same for all the life of a list.
  useEffect(() => {
    let waiting: Alert[] = [];
    let frame = 0;
    // Of a burst all that came between two drawings is added at once.
    const flush = (): void => {
      frame = 0;
      rows.add(waiting, shouldShow());
      waiting = [];
      onAlerts();
      if (rows.isTooLong) reload();
    };
    const isBounded = filter.until !== "";
    const unsubscribe = isBounded
      ? undefined
      : subscribe(filter, {
          alert: (alert) => {
            waiting.push(alert);
            frame ||= requestAnimationFrame(flush);
          },
          open: () => void rows.catchUp(shouldShow()),
          state: ({ id, state }) => rows.setState(id, state),
          reload,
        });
    void rows.fetchMore();
    return () => {
      cancelAnimationFrame(frame);
      unsubscribe?.();
      rows.close();
    };
  }, [rows]);
}
