import type { Entry } from "../alert/entry.ts";
import { type Counts, noCounts } from "./counts.ts";
import { type Fault, faultOf, reasonOf } from "./fault.ts";
import { idText } from "./id.ts";
import type { Progress } from "./output-status.ts";
import {
  type JournalSettings,
  openRecoveringWriter,
  type RecoveryResult,
  type Replacement,
} from "./recovering-writer.ts";
import { countRefusals, type RefusalNotice } from "./refusals.ts";
import type { Limits } from "./retention.ts";
import { openWatch } from "./watch.ts";

export type { Counts } from "./counts.ts";
export type { JournalSettings } from "./recovering-writer.ts";

/** Events of a journal that are logged. */
export type JournalNotice =
  /** Another file took the place of a damaged or removed one. */
  | ({ readonly kind: "replaced" } & Replacement)
  /** The readable alerts of a damaged file are recovered. */
  | ({ readonly kind: "recovered" } & RecoveryResult)
  /** Alerts in the file that cannot be read, in addition to those of earlier notices. */
  | { readonly kind: "unreadable"; readonly alerts: number }
  /** The previous process did not close the journal. `alive`: milliseconds since the epoch; 0 if unknown. */
  | { readonly kind: "killed"; readonly alive: number }
  | { readonly kind: "stopped"; readonly fault: Fault; readonly reason: string }
  | { readonly kind: "resumed"; readonly missed: number }
  /** Alerts of large groups are refused because a reader prevents that the write-ahead log is emptied. */
  | RefusalNotice;

/** The IDs of written alerts, undefined for alerts that were not written, or the reason why none was. */
export type AppendResult = { readonly ids: readonly (string | undefined)[] } | { readonly fault: Fault };

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
  /**
   * Notices changes of the file by other programs and damaged alerts, and goes on with a recovery.
   * @returns whether alerts remain to be recovered
   */
  watch(): boolean;
  /** Whether all alerts were searched for damage in the last day. */
  readonly isSearched: boolean;
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
  const counts: { -readonly [Key in keyof Counts]: Counts[Key] } = { ...noCounts };
  const recovery = openRecoveringWriter(
    settings,
    {
      replaced(replacement) {
        counts.replaced++;
        watch.restart();
        tell({ kind: "replaced", ...replacement });
      },
      recovered(result) {
        watch.addLost(result.lost);
        tell({ kind: "recovered", ...result });
      },
      killed: (alive) => tell({ kind: "killed", alive }),
    },
    now,
  );
  const watch = openWatch(recovery, (alerts) => tell({ kind: "unreadable", alerts }), now);
  const attempt = recovery.attempt.bind(recovery);
  let stopped: Fault | undefined;
  let retryAt = 0;
  let missed = 0;
  const refusals = countRefusals(tell);

  function stop(error: unknown): Fault {
    const fault = faultOf(error);
    if (fault !== "full") recovery.closeFile();
    if (stopped !== fault) tell({ kind: "stopped", fault, reason: reasonOf(error) });
    stopped = fault;
    counts.fault = fault;
    retryAt = now() + RETRY;
    return fault;
  }

  function resume(): void {
    if (stopped === undefined) return;
    stopped = undefined;
    counts.fault = undefined;
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
      else refusals.add(entries.length - kept);
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
        refusals.tick();
        counts.size = recovery.current?.size() ?? 0;
        counts.oldest = recovery.current?.oldest();
      } catch (error) {
        stop(error);
      }
      return false;
    },
    watch() {
      if (stopped !== undefined) return false;
      try {
        return watch.step();
      } catch (error) {
        stop(error);
        return false;
      } finally {
        counts.damaged = watch.damaged;
      }
    },
    get isSearched() {
      return watch.isSearched;
    },
    counts: () => counts,
    close: () => recovery.close(),
  };
  try {
    recovery.open();
  } catch (error) {
    stop(error);
  }
  return durable;
}
