import type { StoreFacts } from "../store.ts";
import type { Alerts } from "./alerts.ts";
import { everyDocument } from "./dsl.ts";
import { ID, TIME } from "./fleet-query.ts";
import { numberAt, textAt } from "./json.ts";
import type { Server } from "./server.ts";
import type { FleetSettings } from "./settings.ts";

/** Milliseconds for which the statistics are cached. */
const CACHED = 2000;

/** Number of alerts, size in bytes, and times of the oldest and newest alert. */
export function openFacts(server: Server, alerts: Alerts, { keys }: FleetSettings): () => Promise<StoreFacts> {
  let facts: { readonly at: number; readonly facts: Promise<StoreFacts> } | undefined;

  async function ends(): Promise<StoreFacts> {
    const one = (order: "asc" | "desc"): Promise<string | null> =>
      alerts
        .search(everyDocument, {
          size: 1,
          track_total_hits: false,
          sort: [{ [TIME]: { order } }, { [ID]: { order } }],
          _source: [TIME],
        })
        .then(({ hits }) => (hits.length === 0 ? null : textAt(hits[0], "_source", "falco", "time")));
    const [{ total }, oldest, newest, bytes] = await Promise.all([
      alerts.search(everyDocument, { size: 0, track_total_hits: true }),
      one("asc"),
      one("desc"),
      server
        .ask({ method: "GET", path: `/${encodeURIComponent(keys.datastream)}/_stats/store` })
        .then((answer) => numberAt(answer, "_all", "total", "store", "size_in_bytes"))
        .catch(() => 0), // requires the privilege `monitor`
    ]);
    return { alerts: total, bytes, oldest, newest };
  }

  return () => {
    const now = performance.now();
    if (facts === undefined || now - facts.at > CACHED) facts = { at: now, facts: ends() };
    return facts.facts;
  };
}
