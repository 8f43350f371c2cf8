import { ApiError } from "../../api-error.ts";
import { all, not, type Query, range, term, terms } from "./dsl.ts";
import { at, type Fields, listAt, textAt, valueAt } from "./json.ts";
import type { Server } from "./server.ts";
import type { FleetSettings } from "./settings.ts";

/** Times of the documents of a machine, in milliseconds since the epoch; 0 if there is no such document. */
export interface MachineTimes {
  /** Time of the last document that is not in the future. */
  readonly last: number;
  /**
   * Time when this page last received a new document that is not in the future, according to the page's clock. The time
   * in a document may differ because of clock skew.
   */
  readonly arrived: number;
  /** Time of the last document that states that the agent is shutting down. */
  readonly stopped: number;
  /** Time of the last document in the future. */
  readonly ahead: number;
}

/** The machines of the fleet, and the times of their documents. */
export interface MachineIndex {
  /** Reads the documents that were written since the last call. @throws ApiError */
  refresh(): Promise<void>;
  readonly machines: ReadonlyMap<string, MachineTimes>;
  /** Whether all machines are known. */
  readonly isComplete: boolean;
}

/** Maximum number of machines, and maximum number of machines per response. */
const MAX_MACHINES = 10_000;
const PIECE = 2000;
/** Interval between reads, and maximum delay until a document can be found, in milliseconds. */
const PAUSE = 10_000;
const OVERLAP = 3_600_000;
/** Time after which a machine without documents is removed, in milliseconds. */
const FORGET = 7 * 86_400_000;
/** Maximum time by which a clock may be ahead, in milliseconds. */
export const AHEAD = 60_000;

export const MACHINE = "agent.id";
export const MACHINE_TIME = "@timestamp";
const STOPPED = "eyas.stopped";

export function openMachineIndex(server: Server, { keys, name }: FleetSettings): MachineIndex {
  const stream = keys.machines;
  const machines = new Map<string, MachineTimes>();
  let isComplete = true;
  /** Time of the last successful read, in milliseconds since the epoch. */
  let readAt: number | undefined;
  let reading: { readonly began: number; readonly done: Promise<void> } | undefined;

  /** Checks the mapping, because queries with a different mapping would return wrong results. */
  async function check(): Promise<void> {
    const fields = [MACHINE, MACHINE_TIME, STOPPED].join(",");
    const path = `/${encodeURIComponent(stream)}/_field_caps?fields=${fields}&ignore_unavailable=true&allow_no_indices=true`;
    const answer = await server.ask({ method: "GET", path });
    if (answer === undefined || listAt(answer, "indices").length === 0) return; // no index yet
    if (at(answer, "fields", MACHINE, "keyword") !== undefined) return;
    throw new ApiError(
      503,
      "store",
      `The field mapping of ${stream} is not the mapping of Eyas. Set outputs.${name}.createindextemplate, so that Eyas creates the index template before the data stream.`,
    );
  }

  /**
   * Reads the times of machines until all machines are read or there are too many machines.
   * @returns whether all machines were read
   */
  async function scan(query: Query, now: number): Promise<boolean> {
    let after: Fields | undefined;
    for (;;) {
      const { aggregations } = await server.search(stream, {
        size: 0,
        track_total_hits: false,
        query,
        aggs: { machines: { composite: compositeOf(after), aggs: timesOf(now) } },
      });
      const buckets = listAt(aggregations, "machines", "buckets");
      for (const bucket of buckets) if (!take(bucket, now)) return false;
      const next = at(aggregations, "machines", "after_key");
      if (buckets.length < PIECE || typeof next !== "object" || next === null) return true;
      after = { ...next };
    }
  }

  /** Stores the times of a machine. @returns false if there are too many machines */
  function take(bucket: unknown, now: number): boolean {
    const id = textAt(bucket, "key", "machine");
    if (id === "") return true;
    const known = machines.get(id);
    if (known === undefined && machines.size >= MAX_MACHINES) return false;
    const time = (kind: string): number => Math.max(0, valueAt(bucket, kind, "time"));
    const last = Math.max(known?.last ?? 0, time("past"));
    machines.set(id, {
      last,
      arrived: known !== undefined && last > known.last ? now : (known?.arrived ?? 0),
      stopped: Math.max(known?.stopped ?? 0, time("stopped")),
      ahead: time("ahead"),
    });
    return true;
  }

  async function read(): Promise<void> {
    const now = Date.now();
    await check();
    const since = range(MACHINE_TIME, { gte: isoOf(readAt === undefined ? now - FORGET : readAt - OVERLAP) });
    // Known machines are read separately, so that they cannot be displaced by any number of other machines.
    const known = [...machines.keys()];
    if (known.length > 0) await scan(all([since, terms(MACHINE, known)]), now);
    isComplete = await scan(known.length > 0 ? all([since, not(terms(MACHINE, known))]) : since, now);
    readAt = now;
    for (const [id, { last, ahead }] of machines)
      if (Math.max(last, Math.min(ahead, now)) < now - FORGET) machines.delete(id);
  }

  return {
    machines,
    get isComplete() {
      return isComplete;
    },
    refresh() {
      const now = performance.now();
      if (reading === undefined || now - reading.began > PAUSE) {
        const done = read().catch((error: unknown) => {
          reading = undefined;
          throw error;
        });
        reading = { began: now, done };
      }
      return reading.done;
    },
  };
}

function compositeOf(after: Fields | undefined): Fields {
  return { size: PIECE, sources: [{ machine: { terms: { field: MACHINE } } }], ...(after && { after }) };
}

/** Aggregations of the times of a machine's documents. */
function timesOf(now: number): Fields {
  const time = { time: { max: { field: MACHINE_TIME } } };
  const past = range(MACHINE_TIME, { lte: isoOf(now + AHEAD) });
  return {
    past: { filter: past, aggs: time },
    stopped: { filter: all([past, term(STOPPED, "true")]), aggs: time },
    ahead: { filter: range(MACHINE_TIME, { gt: isoOf(now + AHEAD) }), aggs: time },
  };
}

export function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
