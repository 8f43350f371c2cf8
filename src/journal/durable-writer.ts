import type { Entry } from "../alert/entry.ts";
import { type Fault, faultOf, reasonOf } from "./fault.ts";
import { idText } from "./id.ts";
import type { Progress } from "./output-status.ts";
import type { Recovered } from "./recover.ts";
import { type JournalSettings, openRecoveringWriter } from "./recovering-writer.ts";
import type { Limits } from "./retention.ts";

export type { JournalSettings } from "./recovering-writer.ts";

/** Events of a journal that are logged. */
export type JournalNotice =
  | ({ readonly kind: "damaged"; readonly reason: string } & Recovered)
  | { readonly kind: "stopped"; readonly fault: Fault; readonly reason: string }
  | { readonly kind: "resumed"; readonly missed: number };

/** The IDs of written alerts, undefined for alerts that were not written, or the reason why none was. */
export type AppendResult = { readonly ids: readonly (string | undefined)[] } | { readonly fault: Fault };

export interface Counts {
  readonly kept: number;
  readonly missed: number;
  /** Alerts deleted by the limits of age and size. */
  readonly dropped: number;
  /** Bytes of all files. */
  readonly size: number;
  /** Time when the oldest alert was written, in milliseconds since the epoch; undefined if there is none. */
  readonly oldest: number | undefined;
}

/** Writes alerts and recovers from faults: retries failed writes, and replaces a damaged file. Never throws. */
export interface DurableWriter {
  append(entries: readonly Entry[]): AppendResult;
  setPosition(name: string, seq: number): void;
  /** @returns whether the data is on disk */
  saveProgress(progress: Progress): boolean;
  /** Sequence number of the newest alert; undefined while the journal is not open for writing. */
  readonly last: number | undefined;
  /** Applies other limits. */
  limit(limits: Limits): void;
  /** Deletes alerts beyond the limits for at most `budget` milliseconds. @returns whether more remain */
  enforceLimits(budget: number): boolean;
  counts(): Counts;
  close(): void;
}

/** Milliseconds between two attempts to write after a failure. */
const RETRY = 1000;

export function openDurableWriter(
  settings: JournalSettings,
  tell: (news: JournalNotice) => void,
  now: () => number = Date.now,
): DurableWriter {
  const recovery = openRecoveringWriter(settings, (damage) => tell({ kind: "damaged", ...damage }), now);
  const { attempt } = recovery;
  let stopped: Fault | undefined;
  let retryAt = 0;
  let missed = 0;
  const counts: { -readonly [Key in keyof Counts]: Counts[Key] } = {
    kept: 0,
    missed: 0,
    dropped: 0,
    size: 0,
    oldest: undefined,
  };

  function stop(error: unknown): Fault {
    const fault = faultOf(error);
    if (fault !== "full") recovery.closeFile();
    if (stopped !== fault) tell({ kind: "stopped", fault, reason: reasonOf(error) });
    stopped = fault;
    retryAt = now() + RETRY;
    return fault;
  }

  function resume(): void {
    if (stopped === undefined) return;
    stopped = undefined;
    tell({ kind: "resumed", missed });
    missed = 0;
  }

  const durable: DurableWriter = {
    append(entries) {
      let fault = stopped;
      const ids: (Uint8Array | undefined)[] = [];
      if (stopped === undefined || now() >= retryAt) {
        try {
          // After damage, only what is not on disk yet is written again.
          attempt((one) => one.append(entries, ids));
          resume();
        } catch (error) {
          fault = stop(error);
        }
      }
      const kept = ids.reduce((sum, id) => (id === undefined ? sum : sum + 1), 0);
      counts.kept += kept;
      counts.missed += entries.length - kept;
      counts.dropped += recovery.current?.takeDropped() ?? 0;
      if (stopped !== undefined) missed += entries.length - kept;
      if (ids.length === 0 && entries.length > 0) return { fault: fault ?? "failed" };
      return { ids: entries.map((_, i) => (ids[i] === undefined ? undefined : idText(ids[i]))) };
    },
    limit(limits) {
      try {
        recovery.limit(limits);
      } catch (error) {
        stop(error);
      }
    },
    setPosition(name, seq) {
      try {
        attempt((one) => one.setPosition(name, seq));
      } catch (error) {
        stop(error);
      }
    },
    saveProgress(progress) {
      if (stopped !== undefined && now() < retryAt) return false;
      try {
        attempt((one) => one.saveProgress(progress));
        resume();
        return true;
      } catch (error) {
        stop(error);
        return false;
      }
    },
    get last() {
      return recovery.current?.last;
    },
    enforceLimits(budget) {
      if (stopped !== undefined) return false;
      const end = performance.now() + budget;
      try {
        const more = attempt((one) => one.enforceLimits(now(), () => performance.now() >= end));
        counts.dropped += recovery.current?.takeDropped() ?? 0;
        if (more) return true;
        counts.size = recovery.current?.size() ?? 0;
        counts.oldest = recovery.current?.oldest();
      } catch (error) {
        stop(error);
      }
      return false;
    },
    counts: () => counts,
    close: recovery.close,
  };
  try {
    recovery.open();
  } catch (error) {
    stop(error);
  }
  return durable;
}
