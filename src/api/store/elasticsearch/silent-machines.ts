import { createHash } from "node:crypto";
import type { SilentMachine } from "../../agent-view.ts";
import { isSilent } from "../../machines/evaluate.ts";
import type { KnownMachine } from "../../machines/known-machine.ts";
import type { Store } from "../store.ts";
import type { MachineDocuments } from "./machine-documents.ts";
import { isoOf, type MachineIndex, type MachineTimes } from "./machine-index.ts";
import { openSilenceClaims } from "./silence-claims.ts";
import type { Triage } from "./triage.ts";

/** What is known of the machines. */
export interface SilenceInput {
  readonly machines: MachineIndex["machines"];
  readonly documents: MachineDocuments;
  /** Refreshes what is known. @returns the time from which on requests have not failed */
  refresh(): Promise<number>;
  /** Called when a document could not be written, so that those of the agents may be missing as well. */
  failed(): void;
  known(id: string, times: MachineTimes): KnownMachine;
}

/**
 * Time for which requests must not have failed before machines count as silent, in milliseconds: while the server did not
 * respond, no agent could write.
 */
const RELIABLE = 120_000;
/** Maximum number of silent machines that are claimed at once. */
const MAX_CLAIMS = 200;

/** Finds silent machines. @param triage the index with the claims of the pages */
export function silenceMethod(
  { machines, documents, refresh, failed, known }: SilenceInput,
  triage: Pick<Triage, "claim" | "documentsOf">,
): Required<Pick<Store, "claimSilent">> {
  const claims = openSilenceClaims(triage);

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

  /** Claims machines one by one. If one fails, those before it are returned; the next call continues. */
  async function claimEach(silent: ReadonlyMap<string, KnownMachine>): Promise<SilentMachine[]> {
    const standings = await claims.read([...silent.keys()]);
    const ready = [...standings].filter(([, { kind }]) => kind === "free" || kind === "own").slice(0, MAX_CLAIMS);
    const ids = new Set(ready.map(([key]) => silent.get(key)?.id));
    if (ids.size > 0) await documents.read(new Map([...machines].filter(([id]) => ids.has(id))));
    const own: SilentMachine[] = [];
    for (const [key, standing] of ready) {
      const { id = "", seen = 0 } = silent.get(key) ?? {};
      const hostname = documents.of(id)?.hostname ?? "";
      if (standing.kind === "free") {
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

  return {
    async claimSilent() {
      await writing(claims.mark());
      const since = await refresh();
      const now = Date.now();
      return now - since < RELIABLE ? [] : claimEach(silentNow(now));
    },
  };
}

/** Identifies the last document of a machine. */
function keyOf(id: string, { last }: MachineTimes): string {
  return createHash("sha256").update(`${id}\n${last}`).digest("hex").slice(0, 32);
}
