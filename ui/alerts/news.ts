import { useEffect } from "preact/hooks";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { follow } from "../api/live.ts";
import type { Filter } from "../filter/filter.ts";
import type { AlertRows } from "./rows.ts";

interface NewsWishes {
  /** Whether new alerts are shown at once; else they wait until the user asks for them. */
  readonly shown: () => boolean;
  /** Called when alerts came in. */
  readonly came: () => void;
  /** Called when the list had better begin anew. */
  readonly anew: () => void;
}

/** Fills the list and keeps it up with what happens, as long as it is there. */
export function useNews(filter: Filter, rows: AlertRows, { shown, came, anew }: NewsWishes): void {
  // What is wished is the same for all the life of a list.
  useEffect(() => {
    let waiting: Alert[] = [];
    let due = 0;
    // Of a burst all that came between two drawings is added at once.
    const take = (): void => {
      due = 0;
      rows.add(waiting, shown());
      waiting = [];
      came();
      if (rows.isOverfull) anew();
    };
    const isOver = filter.until !== "";
    const end = isOver
      ? undefined
      : follow(filter, {
          alert: (alert) => {
            waiting.push(alert);
            due ||= requestAnimationFrame(take);
          },
          open: () => void rows.catchUp(shown()),
          triage: ({ id, state }) => rows.setState(id, state),
          again: anew,
        });
    void rows.fetchMore();
    return () => {
      cancelAnimationFrame(due);
      end?.();
      rows.end();
    };
  }, [rows]);
}
