import { ApiError, notFound } from "../../api-error.ts";
import type { Filter } from "../../filter/filter.ts";
import { storedAlert, untouched } from "../journal/stored.ts";
import type { Store, StoredAlert, StoreFacts } from "../store.ts";
import { type Alerts, openAlerts } from "./alerts.ts";
import { alertIn, type FleetAlert } from "./document.ts";
import { term } from "./dsl.ts";
import { openFacts } from "./facts.ts";
import { type FleetQuery, fleetQuery, ID } from "./fleet-query.ts";
import { machineMethods } from "./machines.ts";
import { type FieldNames, openFieldNames } from "./names.ts";
import { openServer } from "./server.ts";
import type { FleetSettings } from "./settings.ts";
import { openTriage, type Triage } from "./triage.ts";

/** The fleet's alerts and their triage, shared by the store's methods. */
export interface Fleet {
  readonly alerts: Alerts;
  readonly triage: Triage;
  /** Machines of the fleet. */
  readonly machines: ReturnType<typeof machineMethods>;
  readonly names: FieldNames;
  /** The journal of this machine. */
  readonly local: Store;
  factsNow(): Promise<StoreFacts>;
  /** Translates a filter with the current triage. */
  query(filter: Filter): Promise<FleetQuery>;
  stored(alert: FleetAlert, responses?: number): StoredAlert;
  /** The alert with this ID; undefined if there is none. */
  withId(id: string): Promise<FleetAlert | undefined>;
  /** @throws ApiError if no alert has this ID */
  required(id: string): Promise<FleetAlert>;
  /** Details from the journal for an alert of this machine; undefined for other alerts. */
  inJournal<T>(id: string, ask: () => Promise<T>): Promise<T | undefined>;
  close(): void;
}

export function openFleet(settings: FleetSettings, local: Store): Fleet {
  const server = openServer(settings);
  const alerts = openAlerts(server, settings);
  const triage = openTriage(server, settings);
  const names = openFieldNames(alerts);

  async function query(filter: Filter): Promise<FleetQuery> {
    if (filter.state !== undefined) await triage.refresh();
    void names.learn();
    return fleetQuery(filter, triage.states);
  }

  async function withId(id: string): Promise<FleetAlert | undefined> {
    if (!/^[\w-]{1,64}$/.test(id)) return undefined;
    const { hits } = await alerts.search(term(ID, id), { size: 1, track_total_hits: false });
    return hits.map(alertIn)[0];
  }

  return {
    alerts,
    triage,
    machines: machineMethods(server, triage, settings),
    names,
    local,
    factsNow: openFacts(server, alerts, settings),
    query,
    stored: (alert, responses = 0) => storedAlert(alert, { ...(triage.states.get(alert.id) ?? untouched), responses }),
    withId,
    async required(id) {
      const alert = await withId(id);
      if (alert === undefined) throw notFound("Alert not found.");
      return alert;
    },
    async inJournal(id, ask) {
      try {
        return (await local.alert(id)) === undefined ? undefined : await ask();
      } catch (error) {
        if (error instanceof ApiError) return undefined;
        throw error;
      }
    },
    close() {
      server.close();
      local.close();
    },
  };
}
