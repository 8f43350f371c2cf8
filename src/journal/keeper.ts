import type { Entry } from "../alert/entry.ts";
import type { Rescue } from "./damage.ts";
import { type Fault, faultOf, reasonOf } from "./fault.ts";
import { idText } from "./id.ts";
import type { Progress } from "./output-status.ts";
import { type JournalSettings, openRecovery } from "./recovery.ts";

export type { JournalSettings } from "./recovery.ts";

/** What is worth saying of a journal. */
export type News =
  | ({ readonly kind: "damaged"; readonly reason: string } & Rescue)
  | { readonly kind: "stopped"; readonly fault: Fault; readonly reason: string }
  | { readonly kind: "resumed"; readonly missed: number };

/** What became of alerts. */
export type Kept = { readonly ids: readonly string[] } | { readonly fault: Fault };

export interface Counts {
  readonly kept: number;
  readonly missed: number;
  /** Taken away again because they were too old or too many. */
  readonly dropped: number;
  /** Bytes in use. */
  readonly size: number;
  /** When the oldest alert was kept: milliseconds since the epoch; undefined where there is none. */
  readonly oldest: number | undefined;
}

/** Keeps alerts come what may: it opens, mends and sets aside what it must, and goes on as soon as it can. Never throws. */
export interface Keeper {
  keep(entries: readonly Entry[]): Kept;
  place(name: string, seq: number): void;
  /** @returns whether it is written down */
  record(progress: Progress): boolean;
  /** The number of the newest alert, where the journal is open for writing; undefined where it isn't, and nobody may read on. */
  readonly last: number | undefined;
  /** Takes away what is beyond the limits, for so many milliseconds at the most. @returns whether there is more to do */
  tidy(budget: number): boolean;
  counts(): Counts;
  close(): void;
}

/** Milliseconds between two tries while it can't write. */
const RETRY = 1000;

export function openKeeper(
  settings: JournalSettings,
  tell: (news: News) => void,
  now: () => number = Date.now,
): Keeper {
  const recovery = openRecovery(settings, (damage) => tell({ kind: "damaged", ...damage }), now);
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
    if (fault !== "full") recovery.letGo();
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

  const keeper: Keeper = {
    keep(entries) {
      let fault = stopped;
      if (stopped === undefined || now() >= retryAt) {
        try {
          const ids = attempt((one) => one.append(entries));
          counts.kept += entries.length;
          resume();
          return { ids: ids.map(idText) };
        } catch (error) {
          fault = stop(error);
        }
      }
      missed += entries.length;
      counts.missed += entries.length;
      return { fault: fault ?? "failed" };
    },
    place(name, seq) {
      try {
        attempt((one) => one.place(name, seq));
      } catch (error) {
        stop(error);
      }
    },
    record(progress) {
      if (stopped !== undefined && now() < retryAt) return false;
      try {
        attempt((one) => one.record(progress));
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
    tidy(budget) {
      if (stopped !== undefined) return false;
      const end = now() + budget;
      try {
        for (;;) {
          const dropped = attempt((one) => one.together(() => one.retention.step(now())));
          counts.dropped += dropped;
          if (dropped === 0) break;
          if (now() >= end) return true;
        }
        attempt((one) => one.retention.shrink());
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
  return keeper;
}
