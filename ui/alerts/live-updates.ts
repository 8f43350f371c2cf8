import { useEffect } from "preact/hooks";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { subscribe } from "../api/live.ts";
import type { Filter } from "../filter/filter.ts";
import type { AlertRows } from "./rows.ts";

interface LiveUpdateOptions {
  /** Whether new alerts are shown immediately; otherwise they stay pending. */
  readonly shouldShow: () => boolean;
  /** Called after alerts have arrived. */
  readonly onAlerts: () => void;
  /** Called when the list must be fetched again. */
  readonly reload: () => void;
}

/** Fetches the first page and keeps the list up to date while the component is mounted. */
export function useLiveUpdates(
  filter: Filter,
  rows: AlertRows,
  { shouldShow, onAlerts, reload }: LiveUpdateOptions,
): void {
  // The options do not change while `rows` is the same.
  useEffect(() => {
    let received: Alert[] = [];
    let frame = 0;
    // Alerts that arrive within one frame are added together.
    const flush = (): void => {
      frame = 0;
      rows.add(received, shouldShow());
      received = [];
      onAlerts();
      if (rows.isTooLong) reload();
    };
    const isBounded = filter.until !== "";
    const unsubscribe = isBounded
      ? undefined
      : subscribe(filter, {
          alert: (alert) => {
            received.push(alert);
            frame ||= requestAnimationFrame(flush);
          },
          open: () =>
            void rows.catchUp(shouldShow()).then((isComplete) => {
              if (!isComplete) reload();
            }),
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
