import { signal } from "@preact/signals";
import type { Alert } from "../../src/api/schemas/alert.ts";
import { api } from "../../ui-shared/api/client.ts";
import { session, sessionEnd } from "../../ui-shared/api/request.ts";
import { ALL_TIME, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { showNotification } from "./notification.ts";

/** Number of alerts that have arrived since the page was last visible. */
export const unseen = signal(0);

/**
 * Milliseconds between requests while the page is hidden. A hidden page has no event stream, since browsers allow six
 * connections per server for all tabs. After five minutes, browsers run timers of hidden pages only once a minute.
 */
const INTERVAL = 10_000;
/**
 * Number of alerts in the first request, and in a second request if all of them are new. Additional new alerts are not
 * counted.
 */
const FEW = 20;
const MANY = 100;

/** Counts alerts that arrive while the page is hidden, and shows notifications. @returns a function that stops it */
export function followUnseen(): () => void {
  /** IDs of the newest alerts; undefined until they are fetched. */
  let known: ReadonlySet<string> | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  /** Number of the period in which the page is hidden; results of earlier periods are ignored. */
  let period = 0;

  const look = async (): Promise<void> => {
    if (!session.peek() || sessionEnd.peek() !== undefined) return;
    const current = period;
    const arrived = await newAlerts(known);
    if (current !== period || arrived === undefined) return;
    known = arrived.newest;
    if (arrived.alerts.length === 0) return;
    unseen.value += arrived.alerts.length;
    void showNotification(arrived.alerts);
  };
  const update = (): void => {
    clearInterval(timer);
    period++;
    known = undefined;
    unseen.value = 0;
    if (document.visibilityState !== "hidden") return;
    void look();
    timer = setInterval(() => void look(), INTERVAL);
  };
  update();
  document.addEventListener("visibilitychange", update);
  return () => {
    document.removeEventListener("visibilitychange", update);
    clearInterval(timer);
    period++;
    unseen.value = 0;
  };
}

/** The alerts that are not known, newest first, and the IDs of the newest alerts; undefined if a request fails. */
async function newAlerts(
  known: ReadonlySet<string> | undefined,
): Promise<{ readonly alerts: readonly Alert[]; readonly newest: ReadonlySet<string> } | undefined> {
  try {
    for (const limit of [FEW, MANY]) {
      const { alerts } = await api.alerts({ ...NO_FILTER, since: ALL_TIME }, { limit });
      const fresh = known === undefined ? [] : alerts.filter(({ id }) => !known.has(id));
      if (fresh.length < limit || limit === MANY) return { alerts: fresh, newest: new Set(alerts.map(({ id }) => id)) };
    }
  } catch {
    // The request is repeated at the next interval.
  }
  return undefined;
}
