import { normsOf } from "../../machines/evaluate.ts";
import type { KnownMachine } from "../../machines/known-machine.ts";
import { shownMachine } from "../../machines/shown-machine.ts";
import type { MachineList, Store } from "../store.ts";
import { all, range, term } from "./dsl.ts";
import { listAt, numberAt, valueAt } from "./json.ts";
import { openMachineDocuments } from "./machine-documents.ts";
import { countIn, numberIn } from "./machine-facts.ts";
import { AHEAD, isoOf, MACHINE, MACHINE_TIME, type MachineTimes, openMachineIndex } from "./machine-index.ts";
import type { Server } from "./server.ts";
import type { FleetSettings } from "./settings.ts";
import { type ClaimIndex, silenceMethod } from "./silent-machines.ts";

/** Length of the history, and of an interval, in milliseconds. */
const HISTORY = 86_400_000;
const INTERVAL = 600_000;
/** Maximum length of an ID, in characters. */
const MAX_ID = 256;
/** Maximum time between two successful reads without interrupting the period without failures, in milliseconds. */
const MAX_GAP = 90_000;
/** Time for which the list is cached, in milliseconds. */
const CACHED = 2000;

type MachineMethods = Required<Pick<Store, "machines" | "machineHistory" | "claimSilent">>;

/** The machines of a fleet. @param triage the index with the claims of silent machines */
export function machineMethods(server: Server, triage: ClaimIndex, settings: FleetSettings): MachineMethods {
  const { keys } = settings;
  const index = openMachineIndex(server, settings);
  const documents = openMachineDocuments(server, keys.machines);
  /** Start and end of the period in which no request failed. */
  let reliable: { since: number; until: number } | undefined;

  function knownMachine(id: string, times: MachineTimes): KnownMachine {
    const { last, arrived, stopped, ahead } = times;
    return {
      id,
      seen: last === 0 ? undefined : Math.max(last, arrived),
      isStopped: last > 0 && stopped >= last,
      isAhead: ahead > 0,
      facts: documents.of(id),
    };
  }

  /** Refreshes the index. @returns the start of the period in which no request failed */
  async function refresh(): Promise<number> {
    try {
      await index.refresh();
    } catch (error) {
      reliable = undefined;
      throw error;
    }
    const now = Date.now();
    if (reliable === undefined || now - reliable.until > MAX_GAP || now < reliable.until)
      reliable = { since: now, until: now };
    reliable.until = now;
    return reliable.since;
  }

  async function list(): Promise<MachineList> {
    await refresh();
    await documents.read(index.machines);
    const now = Date.now();
    const known = [...index.machines].map(([id, times]) => knownMachine(id, times));
    const norms = normsOf(known, now);
    const machines = known.map((machine) => shownMachine(machine, norms, now));
    return { source: "fleet", note: null, machines, complete: index.isComplete };
  }

  let listed: { readonly at: number; readonly list: Promise<MachineList> } | undefined;

  return {
    async machines() {
      const now = performance.now();
      if (listed === undefined || now - listed.at > CACHED) listed = { at: now, list: list() };
      return listed.list;
    },
    async machineHistory(id) {
      const answer = { interval: INTERVAL / 1000, history: [] };
      if (id.length > MAX_ID) return answer;
      const now = Date.now();
      const { aggregations } = await server.search(keys.machines, {
        size: 0,
        track_total_hits: false,
        query: all([term(MACHINE, id), range(MACHINE_TIME, { gte: isoOf(now - HISTORY), lte: isoOf(now + AHEAD) })]),
        aggs: { intervals: { date_histogram: INTERVALS, aggs: VALUES } },
      });
      return { ...answer, history: listAt(aggregations, "intervals", "buckets").map(intervalIn) };
    },
    ...silenceMethod(
      {
        ...{ machines: index.machines, documents, refresh, known: knownMachine },
        failed() {
          reliable = undefined;
        },
      },
      triage,
    ),
  };
}

const INTERVALS = { field: MACHINE_TIME, fixed_interval: `${INTERVAL / 1000}s`, min_doc_count: 1 };
const VALUES = {
  rate: { avg: { field: "eyas.events.rate" } },
  dropped: { sum: { field: "eyas.events.dropped_recently" } },
  backlog: { max: { field: "eyas.backlog" } },
  memory: { max: { field: "eyas.memory" } },
};

function intervalIn(bucket: unknown) {
  const count = (kind: string): number => countIn(valueAt(bucket, kind)) ?? 0;
  return {
    time: isoOf(numberAt(bucket, "key")),
    rate: Math.round((numberIn(valueAt(bucket, "rate")) ?? 0) * 100) / 100,
    dropped: count("dropped"),
    backlog: count("backlog"),
    memory: count("memory"),
  };
}
