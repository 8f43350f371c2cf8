import type { Filter } from "../../filter/filter.ts";
import { notFound, Refusal } from "../../refusal.ts";
import { storedAlert, untouched } from "../journal/stored.ts";
import type { Store, StoredAlert, StoreFacts } from "../store.ts";
import { type Alerts, openAlerts } from "./alerts.ts";
import { alertIn, type FleetAlert } from "./document.ts";
import { term } from "./dsl.ts";
import { openFacts } from "./facts.ts";
import { type FieldNames, openFieldNames } from "./names.ts";
import { openServer } from "./server.ts";
import type { FleetSettings } from "./settings.ts";
import { openTriage, type Triage } from "./triage.ts";
import { ID, type Wanted, wantedOf } from "./wanted.ts";

/** The alerts of a fleet and their triage, as the store's methods use them. */
export interface Fleet {
  readonly alerts: Alerts;
  readonly triage: Triage;
  readonly names: FieldNames;
  /** The journal of this machine. */
  readonly local: Store;
  factsNow(): Promise<StoreFacts>;
  /** The query of the server for a filter, with the triage as of now. */
  wantedNow(filter: Filter): Promise<Wanted>;
  stored(alert: FleetAlert, responses?: number): StoredAlert;
  /** The alert with an id. */
  withId(id: string): Promise<FleetAlert | undefined>;
  /** @throws Refusal where there is no alert with this id */
  needed(id: string): Promise<FleetAlert>;
  /** What the journal says of an alert of this machine; undefined for others. */
  locally<T>(id: string, ask: () => Promise<T>): Promise<T | undefined>;
  close(): void;
}

export function openFleet(settings: FleetSettings, local: Store): Fleet {
  const server = openServer(settings);
  const alerts = openAlerts(server, settings);
  const triage = openTriage(server, settings);
  const names = openFieldNames(alerts);

  async function wantedNow(filter: Filter): Promise<Wanted> {
    if (filter.state !== undefined) await triage.refresh();
    void names.learn();
    return wantedOf(filter, triage.made);
  }

  async function withId(id: string): Promise<FleetAlert | undefined> {
    if (!/^[\w-]{1,64}$/.test(id)) return undefined;
    const { hits } = await alerts.search(term(ID, id), { size: 1, track_total_hits: false });
    return hits.map(alertIn)[0];
  }

  return {
    alerts,
    triage,
    names,
    local,
    factsNow: openFacts(server, alerts, settings),
    wantedNow,
    stored: (alert, responses = 0) => storedAlert(alert, { ...(triage.made.get(alert.id) ?? untouched), responses }),
    withId,
    async needed(id) {
      const alert = await withId(id);
      if (alert === undefined) throw notFound("There is no such alert.");
      return alert;
    },
    async locally(id, ask) {
      try {
        return (await local.alert(id)) === undefined ? undefined : await ask();
      } catch (error) {
        if (error instanceof Refusal) return undefined;
        throw error;
      }
    },
    close() {
      server.close();
      local.close();
    },
  };
}
