import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { Entry } from "../alert/entry.ts";
import { type Rescue, rescue, setAside } from "./damage.ts";
import { type Fault, faultOf, reasonOf } from "./fault.ts";
import { makeFolder } from "./folder.ts";
import { idText } from "./id.ts";
import { type Lock, takeLock } from "./lock.ts";
import type { Progress } from "./output-status.ts";
import type { Limits } from "./retention.ts";
import { openWriter, type Writer } from "./write.ts";

/** Where a journal is and how much it holds. */
export interface JournalSettings {
  /** The database. */
  readonly file: string;
  readonly limits: Limits;
}

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
  { file, limits }: JournalSettings,
  tell: (news: News) => void,
  now: () => number = Date.now,
): Keeper {
  let lock: Lock | undefined;
  let writer: Writer | undefined;
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

  function open(): Writer {
    if (lock === undefined) {
      makeFolder(dirname(file));
      closeSync(openSync(file, "a", 0o600)); // command lines and file names are nobody else's business
      lock = takeLock(`${file}.lock`);
    }
    try {
      return openWriter(file, limits);
    } catch (error) {
      if (faultOf(error) !== "damaged") throw error;
      return replace(error);
    }
  }

  /** Sets a damaged journal aside and begins a new one with what can be read of the old. */
  function replace(error: unknown): Writer {
    letGo();
    const aside = setAside(file, new Date(now()));
    closeSync(openSync(file, "a", 0o600));
    const fresh = openWriter(file, limits);
    tell({ kind: "damaged", reason: reasonOf(error), ...rescue(aside, fresh) });
    return fresh;
  }

  function letGo(): void {
    const before = writer;
    writer = undefined;
    try {
      before?.close();
    } catch {
      // It is broken: what could be kept is on disk already.
    }
  }

  function stop(error: unknown): Fault {
    const fault = faultOf(error);
    if (fault !== "full") letGo();
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

  function attempt<T>(work: (writer: Writer) => T): T {
    writer ??= open();
    try {
      return work(writer);
    } catch (error) {
      if (faultOf(error) !== "damaged") throw error;
      writer = replace(error);
      return work(writer);
    }
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
      return writer?.last;
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
        counts.size = writer?.size() ?? 0;
        counts.oldest = writer?.oldest();
      } catch (error) {
        stop(error);
      }
      return false;
    },
    counts: () => counts,
    close() {
      letGo();
      lock?.release();
      lock = undefined;
    },
  };
  try {
    writer = open();
  } catch (error) {
    stop(error);
  }
  return keeper;
}
