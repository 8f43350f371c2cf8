import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { subscribe } from "../../ui-shared/api/live.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";

/** Minimum time between updates, in milliseconds. */
const INTERVAL = 2000;

interface GroupUpdates {
  /** Whether there are changes that the list does not show. */
  readonly pending: ReadonlySignal<boolean>;
  /** Must be called when the list is fetched. */
  readonly clear: () => void;
}

/**
 * Follows new alerts and changes of states.
 * @param mayUpdate whether the list may change now
 * @param update fetches the list again
 */
export function useGroupUpdates(filter: Filter, mayUpdate: () => boolean, update: () => void): GroupUpdates {
  const pending = useSignal(false);
  const latest = useRef({ mayUpdate, update });
  latest.current = { mayUpdate, update };
  const key = filtered("", filter);
  useEffect(() => {
    if (filter.until !== "") return; // no alert can be added
    let timer: ReturnType<typeof setTimeout> | undefined;
    const check = (): void => {
      timer = undefined;
      if (latest.current.mayUpdate()) latest.current.update();
      else pending.value = true;
    };
    const changed = (): void => {
      timer ??= setTimeout(check, INTERVAL);
    };
    const unsubscribe = subscribe(filter, { alert: changed, state: changed, states: changed, reload: changed });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
    // The key includes the filter.
  }, [key]);
  return {
    pending,
    clear: () => {
      pending.value = false;
    },
  };
}
