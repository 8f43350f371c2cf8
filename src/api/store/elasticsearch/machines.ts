import { createHash } from "node:crypto";
import type { SilentMachine } from "../../agent-view.ts";
import { isSilent, normsOf } from "../../machines/evaluate.ts";
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
import type { Triage } from "./triage.ts";

/** Length of the history, and of an interval, in milliseconds. */
const HISTORY = 86_400_000;
const INTERVAL = 600_000;
/** Maximum length of an ID, in characters. */
const MAX_ID = 256;

/**
 * Time for which states must have been read without failures before machines count as silent, in milliseconds: while the
 * server did not respond, no agent could write.
 */
const RELIABLE = 120_000;
/** Maximum time between two reads that count as uninterrupted, in milliseconds. */
const MAX_GAP = 90_000;
/** Maximum number of silent machines that are claimed at once. */
const MAX_CLAIMS = 200;
/** Time for which the list is cached, in milliseconds. */
const CACHED = 2000;
/** Maximum number of remembered silent machines. */
const MAX_HANDLED = 20_000;

type MachineMethods = Required<Pick<Store, "machines" | "machineHistory" | "claimSilent">>;

/** The machines of a fleet. @param triage the index with a document for each machine that was reported as silent */
export function machineMethods(server: Server, triage: Pick<Triage, "claim">, settings: FleetSettings): MachineMethods {
  const { keys } = settings;
  const index = openMachineIndex(server, settings);
  const documents = openMachineDocuments(server, keys.machines);
  const claimed = new Set<string>();
  /** Start and end of the time in which states were read without failures. */
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

  /** Refreshes the index. @returns the time from which on reads have not failed */
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

  /** Creates the document that assigns a silent machine to one page. */
  async function claim({ id, hostname, seen }: SilentMachine, key: string): Promise<boolean> {
    const isOwn = await triage.claim(`silent-${key}`, { kind: "silent", machine: id, hostname, seen: isoOf(seen) });
    if (claimed.size >= MAX_HANDLED) claimed.clear();
    claimed.add(key);
    return isOwn;
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
    async claimSilent() {
      const since = await refresh();
      const now = Date.now();
      if (now - since < RELIABLE) return [];
      const silent = [...index.machines]
        .filter(([id, times]) => isSilent(knownMachine(id, times), now) && !claimed.has(keyOf(id, times)))
        .slice(0, MAX_CLAIMS);
      if (silent.length > 0) await documents.read(new Map(silent));
      const own: SilentMachine[] = [];
      for (const [id, times] of silent) {
        const { seen = 0, facts } = knownMachine(id, times);
        const machine = { id, hostname: facts?.hostname ?? "", seen };
        try {
          if (await claim(machine, keyOf(id, times))) own.push(machine);
        } catch (error) {
          if (own.length === 0) throw error;
          break; // the next call continues
        }
      }
      return own;
    },
  };
}

/** Identifies the last document of a machine. */
function keyOf(id: string, { last }: MachineTimes): string {
  return createHash("sha256").update(`${id}\n${last}`).digest("hex");
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
