import { ApiError } from "../../api-error.ts";
import type { Order } from "../store.ts";
import { alertIn, type FleetAlert } from "./document.ts";
import type { Query } from "./dsl.ts";
import { type FleetQuery, ID, TIME } from "./fleet-query.ts";
import { at, type Fields, textAt } from "./json.ts";
import { type Answer, type Server, TOO_LARGE } from "./server.ts";
import type { FleetSettings } from "./settings.ts";

/** A position in the results: after the alert with this time and ID. */
export interface Position {
  readonly time: string;
  readonly id: string;
}

/** A batch of alerts, with its end position. */
export interface AlertBatch {
  /** Alerts that match the filter. */
  readonly alerts: readonly FleetAlert[];
  /** All alerts read for this batch, including alerts that do not match. */
  readonly read: readonly FleetAlert[];
  /** Position of the last alert read. */
  readonly position: Position | undefined;
  readonly last: boolean;
}

/** Read access to the fleet's documents. */
export interface Alerts {
  /** Runs a search with the given body on the documents that match a query. */
  search(query: Query, body: Fields): Promise<Answer>;
  /** Returns all matching alerts in batches, ordered by time and ID. */
  batches(
    wanted: FleetQuery,
    order: Order,
    from: Position | undefined,
    size: number,
  ): AsyncGenerator<AlertBatch, void, undefined>;
}

/** Milliseconds for which the check of the index mapping is cached. */
const KNOWN = 60_000;

export function openAlerts(server: Server, { keys: { datastream }, name }: FleetSettings): Alerts {
  let known = Number.NEGATIVE_INFINITY;

  /** Checks the mapping, because queries with a different mapping would return wrong results. */
  async function check(): Promise<void> {
    if (performance.now() - known < KNOWN) return;
    const keywords = ["eyas.fields", "eyas.words", ID];
    const path = `/${encodeURIComponent(datastream)}/_field_caps?fields=${[...keywords, TIME].join(",")}&ignore_unavailable=true&allow_no_indices=true`;
    const answer = await server.ask({ method: "GET", path });
    const indices = at(answer, "indices");
    if (answer === undefined || (Array.isArray(indices) && indices.length === 0)) return; // no index yet
    const right =
      at(answer, "fields", TIME, "date_nanos") !== undefined &&
      keywords.every((field) => at(answer, "fields", field, "keyword") !== undefined);
    if (!right)
      throw new ApiError(
        503,
        "store",
        `The field mapping of ${datastream} is not the mapping of Eyas. Set outputs.${name}.createindextemplate, so that Eyas creates the index template before the data stream.`,
      );
    known = performance.now();
  }

  async function search(query: Query, body: Fields): Promise<Answer> {
    await check();
    return server.search(datastream, { query, ...body });
  }

  return {
    search,
    async *batches(wanted, order, from, size) {
      const direction = order === "newest" ? "desc" : "asc";
      let after = from;
      let most = size;
      for (;;) {
        const body = {
          size: most,
          track_total_hits: false,
          sort: [{ [TIME]: { order: direction } }, { [ID]: { order: direction } }],
          ...(after && { search_after: [after.time, after.id] }),
        };
        let answer: Answer;
        try {
          answer = await search(wanted.query, body);
        } catch (error) {
          if (most <= SMALLEST || !(error instanceof ApiError) || error.code !== TOO_LARGE) throw error;
          most = SMALLEST; // long alerts can exceed the maximum response size
          continue;
        }
        const { hits } = answer;
        const looked = hits.map(alertIn).filter((alert) => alert !== undefined);
        const newest = hits.at(-1);
        after = newest === undefined ? after : placeOf(newest);
        const alerts = looked.filter((alert) => wanted.test(alert));
        const last = hits.length < most;
        yield { alerts, read: looked, position: newest === undefined ? undefined : after, last };
        if (last) return;
      }
    },
  };
}

const SMALLEST = 10;

function placeOf(hit: unknown): Position {
  return { time: textAt(hit, "_source", "falco", "time"), id: textAt(hit, "_source", "falco", "uuid") };
}
