import { createHash } from "node:crypto";
import type { Silent, SilentFleet, SilentMachine } from "../../agent-view.ts";
import { isSilent } from "../../machines/evaluate.ts";
import type { KnownMachine } from "../../machines/known-machine.ts";
import { silenceOf } from "../../machines/silence.ts";
import type { Store } from "../store.ts";
import type { MachineDocuments } from "./machine-documents.ts";
import { isoOf, type MachineIndex, type MachineTimes } from "./machine-index.ts";
import { openSilenceClaims, type SilenceClaims } from "./silence-claims.ts";
import { silentFleets } from "./silent-fleets.ts";
import type { Triage } from "./triage.ts";

export type ClaimIndex = Pick<Triage, "claim" | "documentsOf" | "newest">;

/** The known facts about the machines. */
export interface SilenceInput {
  readonly machines: MachineIndex["machines"];
  readonly documents: MachineDocuments;
  /** Refreshes the facts. @returns the start of the period in which no request failed */
  refresh(): Promise<number>;
  /** Called when a document could not be written. Documents of agents may then also be missing. */
  failed(): void;
  known(id: string, times: MachineTimes): KnownMachine;
}

/**
 * Minimum time without failed requests before machines count as silent, in milliseconds. While the server does not
 * respond, agents cannot write documents.
 */
const RELIABLE = 120_000;
/** Maximum number of silent machines to claim per call. */
const MAX_CLAIMS = 200;
/** Maximum number of host names in an alert about most machines. */
const MAX_NAMES = 10;

/** Silent machines, by key. */
type Silence = ReadonlyMap<string, KnownMachine>;
type Standings = Awaited<ReturnType<SilenceClaims["read"]>>;

/** Finds silent machines. @param triage the index with the claims of the pages */
export function silenceMethod(
  { machines, documents, refresh, failed, known }: SilenceInput,
  triage: ClaimIndex,
): Required<Pick<Store, "claimSilent">> {
  const claims = openSilenceClaims(triage);
  const fleets = silentFleets(claims, triage, writing);

  async function writing<T>(written: Promise<T>): Promise<T> {
    return written.catch((error: unknown) => {
      failed();
      throw error;
    });
  }

  /** The silent machines, by key, whose alerts may have to be raised. */
  function silentNow(now: number): Map<string, KnownMachine> {
    const silent = new Map<string, KnownMachine>();
    for (const [id, times] of machines) {
      const machine = known(id, times);
      const key = isSilent(machine, now) ? keyOf(id, times) : "";
      if (key !== "" && !claims.isRaised(key)) silent.set(key, machine);
    }
    return silent;
  }

  /** Host names of machines; empty if unknown. */
  async function namesOf(some: readonly KnownMachine[]): Promise<Map<string, string>> {
    const ids = new Set(some.map(({ id }) => id));
    if (ids.size > 0) await documents.read(new Map([...machines].filter(([id]) => ids.has(id))));
    return new Map([...ids].map((id) => [id, documents.of(id)?.hostname ?? ""]));
  }

  /**
   * Claims machines one by one. If a claim fails, the machines claimed before are returned, and the next call
   * continues.
   */
  async function claimEach(silent: Silence, standings: Standings): Promise<SilentMachine[]> {
    const ready = [...silent].slice(0, MAX_CLAIMS);
    const names = await namesOf(ready.map(([, machine]) => machine));
    const own: SilentMachine[] = [];
    for (const [key, { id, seen = 0 }] of ready) {
      const hostname = names.get(id) ?? "";
      const standing = standings.get(key);
      if (standing?.kind === "free") {
        const document = { kind: "silent", machine: id, hostname, seen: isoOf(seen) };
        try {
          if (!(await writing(claims.claim(key, standing.attempt, document)))) continue;
        } catch (error) {
          if (own.length === 0) throw error;
          break;
        }
      }
      claims.raise(key);
      own.push({ id, hostname, seen });
    }
    return own;
  }

  async function claimTogether(silent: Silence, reporting: readonly KnownMachine[]): Promise<SilentFleet[]> {
    const all = [...silent.values()];
    const names = await namesOf(all.slice(0, MAX_NAMES));
    const of = reporting.filter(({ seen, isStopped }) => seen !== undefined && !isStopped).length;
    const seen = Math.max(...all.map((machine) => machine.seen ?? 0));
    return fleets.claim([...silent.keys()], {
      ...{ count: all.length, of, seen },
      hostnames: [...names.values()].filter((name) => name !== ""),
    });
  }

  /** Claims the machines that no other page has claimed, either each machine or all machines together. */
  async function claimNew(silent: Map<string, KnownMachine>, now: number): Promise<Silent[]> {
    const standings = await claims.read([...silent.keys()]);
    for (const [key, { kind }] of standings) if (kind !== "free" && kind !== "own") silent.delete(key);
    const ids = new Set([...silent.values()].map(({ id }) => id));
    const reporting = [...machines]
      .map(([id, times]) => known(id, times))
      .filter((machine) => ids.has(machine.id) || !isSilent(machine, now));
    const verdict = silenceOf(reporting, now);
    if (verdict === undefined) return [];
    return verdict === "together" ? claimTogether(silent, reporting) : claimEach(silent, standings);
  }

  return {
    async claimSilent() {
      await writing(claims.mark());
      const since = await refresh();
      const now = Date.now();
      if (now - since < RELIABLE) return [];
      const silent = silentNow(now);
      if (silent.size === 0) return [];
      const reported: Silent[] = [];
      try {
        await fleets.take(silent, reported);
        reported.push(...(await claimNew(silent, now)));
      } catch (error) {
        // Claimed machines must be reported. The next call continues.
        if (reported.length === 0) throw error;
      }
      return reported;
    },
  };
}

/** Identifies the last document of a machine. */
function keyOf(id: string, { last }: MachineTimes): string {
  return createHash("sha256").update(`${id}\n${last}`).digest("hex").slice(0, 32);
}
