import { ApiError } from "../../api-error.ts";
import type { MachineFacts } from "../../machines/known-machine.ts";
import { all, range, term, terms } from "./dsl.ts";
import { at, listAt } from "./json.ts";
import { machineFacts } from "./machine-facts.ts";
import { AHEAD, isoOf, MACHINE, MACHINE_TIME, type MachineTimes } from "./machine-index.ts";
import { type Server, TOO_LARGE } from "./server.ts";

/** The last documents of machines. */
export interface MachineDocuments {
  /** Reads the last documents of machines that have written documents since the last call. @throws ApiError */
  read(machines: ReadonlyMap<string, MachineTimes>): Promise<void>;
  /** Content of the last document; undefined if the document was not read, or is too large. */
  of(id: string): MachineFacts | undefined;
}

/** Number of documents per request. */
const PIECE = 500;
/** Maximum number of cached documents. If exceeded, the cache is cleared. */
const MAX_KNOWN = 20_000;
const NEWEST = { top_hits: { size: 1, sort: [{ [MACHINE_TIME]: { order: "desc" } }], _source: true } };

/** A filter for a machine. Grouping by ID would fail for a document with several IDs. */
const filterOf = (id: string, i: number) => [String(i), term(MACHINE, id)] as const;

export function openMachineDocuments(server: Server, stream: string): MachineDocuments {
  const known = new Map<string, { readonly last: number; readonly facts: MachineFacts | undefined }>();

  /** Reads the last documents of some machines. If the response is too large, reads fewer documents at a time. */
  async function readSome(ids: readonly string[], bounds: object, lastOf: (id: string) => number): Promise<void> {
    try {
      const { aggregations } = await server.search(stream, {
        size: 0,
        track_total_hits: false,
        query: all([terms(MACHINE, ids), range(MACHINE_TIME, { ...bounds })]),
        aggs: { machines: { filters: { filters: Object.fromEntries(ids.map(filterOf)) }, aggs: { newest: NEWEST } } },
      });
      for (const [i, id] of ids.entries()) {
        const [hit] = listAt(aggregations, "machines", "buckets", String(i), "newest", "hits", "hits");
        const facts = hit === undefined ? known.get(id)?.facts : machineFacts(at(hit, "_source"));
        known.set(id, { last: lastOf(id), facts });
      }
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== TOO_LARGE) throw error;
      if (ids.length === 1) for (const id of ids) known.set(id, { last: lastOf(id), facts: undefined });
      else {
        const half = Math.ceil(ids.length / 2);
        for (const some of [ids.slice(0, half), ids.slice(half)]) await readSome(some, bounds, lastOf);
      }
    }
  }

  return {
    of: (id) => known.get(id)?.facts,
    async read(machines) {
      if (known.size > MAX_KNOWN) known.clear();
      const lastOf = (id: string): number => machines.get(id)?.last || machines.get(id)?.ahead || 0;
      const changed = [...machines.keys()].filter((id) => known.get(id)?.last !== lastOf(id));
      // Sorted by time, so that each request searches a short time range.
      const past = changed.filter((id) => machines.get(id)?.last).sort((a, b) => lastOf(a) - lastOf(b));
      const lte = isoOf(Date.now() + AHEAD);
      for (let i = 0; i < past.length; i += PIECE) {
        const ids = past.slice(i, i + PIECE);
        await readSome(ids, { gte: isoOf(lastOf(ids[0] ?? "")), lte }, lastOf);
      }
      const future = changed.filter((id) => !machines.get(id)?.last);
      for (let i = 0; i < future.length; i += PIECE) await readSome(future.slice(i, i + PIECE), { gt: lte }, lastOf);
    },
  };
}
