import type { Alerts } from "./alerts.ts";
import { everyDocument } from "./dsl.ts";
import { listAt, textAt } from "./json.ts";

/** Names of the fields in the fleet's alerts. */
export interface FieldNames {
  has(name: string): boolean;
  /** Refreshes the names if the cache has expired. Never rejects. */
  learn(): Promise<void>;
}

/** Milliseconds for which names are cached. */
const CACHED = 30_000;
const MAX_NAMES = 5000;

export function openFieldNames(alerts: Alerts): FieldNames {
  const names = new Set<string>();
  let learned = Number.NEGATIVE_INFINITY;
  return {
    has: (name) => names.has(name),
    async learn() {
      if (performance.now() - learned < CACHED) return;
      learned = performance.now();
      const ask = {
        size: 0,
        track_total_hits: false,
        aggs: { names: { terms: { field: "eyas.names", size: MAX_NAMES } } },
      };
      try {
        const { aggregations } = await alerts.search(everyDocument, ask);
        for (const bucket of listAt(aggregations, "names", "buckets")) names.add(textAt(bucket, "key"));
      } catch {
        learned = Number.NEGATIVE_INFINITY; // the next query for alerts fails with the same error and reports it
      }
    },
  };
}
