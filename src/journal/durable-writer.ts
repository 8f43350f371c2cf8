import type { Entry } from "../alert/entry.ts";
import { bootTime, type ClockNotice } from "./age-clock.ts";
import { type Counts, noCounts } from "./counts.ts";
import type { Fault } from "./fault.ts";
import { idText } from "./id.ts";
import { type LateEvents, LateWriter } from "./late-writer.ts";
import type { Progress } from "./output-status.ts";
import {
  type JournalSettings,
  openRecoveringWriter,
  type RecoveringWriter,
  type RecoveryEvents,
  type RecoveryResult,
  type Replacement,
} from "./recovering-writer.ts";
import { countRejections, type RejectionNotice, type Rejections } from "./rejections.ts";
import { Reserve } from "./reserve.ts";
import type { Limits } from "./retention.ts";
import { Stoppage } from "./stoppage.ts";
import { openStoredClock } from "./stored-clock.ts";
import { openWatch, type Watch } from "./watch.ts";

export type { Counts } from "./counts.ts";
export type { JournalSettings } from "./recovering-writer.ts";

/** Events of a journal that are written to the log. */
export type JournalNotice =
  /** A new journal file replaced a damaged or removed one. */
  | ({ readonly kind: "replaced" } & Replacement)
  /** The readable alerts of a damaged file have been recovered. */
  | ({ readonly kind: "recovered" } & RecoveryResult)
  /** Alerts that cannot be read were found, in addition to the alerts in earlier notices. */
  | { readonly kind: "unreadable"; readonly alerts: number }
  /**
   * The previous process did not close the journal. `alive` is the last known time at which it was running, in
   * milliseconds since the epoch; 0 if unknown.
   */
  | { readonly kind: "killed"; readonly alive: number }
  | { readonly kind: "stopped"; readonly fault: Fault; readonly reason: string }
  /** The memory for alerts that wait until the journal can be written is full. */
  | { readonly kind: "overflow" }
  /**
   * Alerts can be written again. `late` is the number of alerts that waited in memory and have been written, `missed`
   * the number of alerts that were not written, and `noRoom` the number of missed alerts for which the memory was full.
   */
  | { readonly kind: "resumed"; readonly missed: number; readonly late: number; readonly noRoom: number }
  /**
   * The process ends, and alerts in memory could not be written. `alerts` is the number of lost alerts, `reserved` the
   * number of alerts in the reserve, which the next process will write.
   */
  | { readonly kind: "left"; readonly alerts: number; readonly reserved: number }
  /**
   * The previous process left alerts in the reserve, which are written next. `unreadable` is the number of alerts in
   * the reserve that cannot be read.
   */
  | { readonly kind: "restored"; readonly alerts: number; readonly unreadable: number }
  /**
   * Alerts of large groups (see `Retention.isRare`) are rejected, because a reader prevents the write-ahead log from
   * being emptied, or are accepted again.
   */
  | RejectionNotice
  | ClockNotice;

/** The ID of each alert, undefined for alerts that were not written, or the reason why no alert was written. */
export type AppendResult =
  | { readonly ids: readonly (string | undefined)[]; readonly late?: LateAlerts }
  | { readonly fault: Fault };

/** Describes alerts that wait in memory because they could not be written. */
export interface LateAlerts {
  readonly fault: Fault;
  /**
   * The ID that each alert will have when it is written; undefined for alerts that are already written or will not be
   * written.
   */
  readonly ids: readonly (string | undefined)[];
  /** Sequence number of the last written alert before the waiting alerts. */
  readonly after: number;
}

/** Writes alerts and recovers from faults: retries failed writes and replaces damaged files. Never throws. */
export interface DurableWriter {
  /**
   * Writes alerts.
   * @param hold whether alerts that cannot be written wait in memory
   */
  append(entries: readonly Entry[], hold?: boolean): AppendResult;
  /** Writes the waiting alerts if a retry is due. */
  retry(): void;
  setPosition(name: string, seq: number): void;
  /**
   * Stores the positions, status and dead letters of outputs.
   * @returns true if the data is on disk or is deferred because a reader keeps the write-ahead log full; false if it
   *   cannot be written
   */
  saveProgress(progress: Progress): boolean;
  /** Sequence number of the newest alert; undefined while the journal is not open for writing. */
  readonly last: number | undefined;
  /** Sets new limits. */
  limit(limits: Limits): void;
  /** Deletes alerts beyond the limits for at most `budget` milliseconds. @returns whether there are more to delete */
  enforceLimits(budget: number): boolean;
  /**
   * Checks for changes to the files by other programs and for damaged alerts, and continues a recovery.
   * @returns whether there are more alerts to recover
   */
  watch(): boolean;
  /** Whether all alerts were checked for damage in the last day. */
  readonly isSearched: boolean;
  counts(): Counts;
  close(): void;
}

type MutableCounts = { -readonly [Key in keyof Counts]: Counts[Key] };

/**
 * Opens a journal for writing. If the journal cannot be opened, opening it is retried later.
 * @param sinceBoot returns milliseconds since boot, which changes to the system clock do not affect
 */
export function openDurableWriter(
  settings: JournalSettings,
  notify: (news: JournalNotice) => void,
  now: () => number = Date.now,
  sinceBoot: () => number = bootTime,
): DurableWriter {
  const counts: MutableCounts = { ...noCounts };
  const recovery = openRecoveringWriter(
    settings,
    recoveryEvents(counts, notify, () => watch),
    now,
  );
  const age = openStoredClock(now, sinceBoot, notify);
  const watch = openWatch(recovery, (alerts) => notify({ kind: "unreadable", alerts }), now, age);
  const attempt = recovery.attempt.bind(recovery);
  const stoppage = new Stoppage(notify, sinceBoot);
  const rejections = countRejections(notify);
  const reserve = new Reserve(settings.file, settings.limits.maxSize);
  const late = new LateWriter(recovery, reserve, lateEvents(counts, notify, recovery, stoppage, rejections));

  function stop(error: unknown): void {
    counts.fault = stoppage.begin(error);
    late.remember();
    if (counts.fault !== "full") recovery.closeFile();
  }

  function resume(): void {
    counts.fault = undefined;
    stoppage.end();
  }

  /**
   * Runs `work`. After an error, writing stops until the next retry.
   * @returns the result, or `otherwise` after an error
   */
  function guarded<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      stop(error);
      return otherwise;
    }
  }

  /**
   * Writes as many alerts as possible.
   * @param ids receives the IDs of the written alerts
   * @returns the fault because of which the remaining alerts could not be written; undefined if there was none
   */
  function write(entries: readonly Entry[], ids: (Uint8Array | undefined)[]): Fault | undefined {
    if (!stoppage.mayTry) return stoppage.fault;
    guarded(() => {
      late.write();
      attempt((one) => one.append(entries, ids)); // a second attempt after damage writes only the remaining alerts
      resume();
    }, undefined);
    return stoppage.fault;
  }

  const durable: DurableWriter = {
    append(entries, hold = false) {
      const ids: (Uint8Array | undefined)[] = [];
      const fault = write(entries, ids);
      const kept = countIds(ids);
      const held = hold && fault !== undefined && stoppage.mayWait ? late.hold(entries, ids.length) : [];
      const lost = entries.length - kept - countIds(held);
      counts.kept += kept;
      counts.missed += lost;
      counts.dropped += recovery.current?.takeDropped() ?? 0;
      if (fault === undefined) rejections.add(lost);
      else stoppage.miss(lost, held.length > 0);
      if (fault !== undefined && entries.length > 0 && ids.length + held.length === 0) return { fault };
      return {
        ids: entries.map((_, i) => textOf(ids[i])),
        ...(fault !== undefined && held.length > 0 && { late: { fault, ids: held.map(textOf), after: late.after } }),
      };
    },
    retry() {
      if (late.length > 0) write([], []);
    },
    limit(limits) {
      reserve.resize(limits.maxSize);
      guarded(() => recovery.limit(limits), undefined);
    },
    setPosition: (name, seq) => guarded(() => attempt((one) => one.setPosition(name, seq)), undefined),
    saveProgress(progress) {
      if (!stoppage.mayTry) return false;
      return guarded(() => {
        late.write();
        attempt((one) => one.saveProgress(progress));
        resume();
        return true;
      }, false);
    },
    get last() {
      return recovery.current?.last;
    },
    enforceLimits(budget) {
      if (stoppage.fault !== undefined) return false;
      const end = performance.now() + budget;
      return guarded(() => {
        const more = attempt((one) => one.enforceLimits(age.time(one), () => performance.now() >= end));
        counts.dropped += recovery.current?.takeDropped() ?? 0;
        if (more) return true;
        rejections.tick();
        Object.assign(counts, { size: recovery.current?.size() ?? 0, oldest: recovery.current?.oldest() });
        return false;
      }, false);
    },
    watch() {
      if (stoppage.fault !== undefined) return false;
      const more = guarded(() => watch.step(), false);
      late.prepare();
      Object.assign(counts, { damaged: watch.damaged, clockAhead: age.ahead });
      return more;
    },
    get isSearched() {
      return watch.isSearched;
    },
    counts: () => ({ ...counts, waiting: late.length, reserved: late.reserved, reserve: reserve.bytes }),
    close() {
      guarded(() => late.write(), undefined);
      const { lost, reserved } = late.giveUp();
      if (lost + reserved > 0) notify({ kind: "left", alerts: lost, reserved });
      counts.missed += lost;
      recovery.close();
    },
  };
  guarded(() => late.write(), undefined);
  late.prepare();
  return durable;
}

/** Counts alerts that waited, and reports alerts from the previous process. */
function lateEvents(
  counts: MutableCounts,
  notify: (news: JournalNotice) => void,
  recovery: RecoveringWriter,
  stoppage: Stoppage,
  rejections: Rejections,
): LateEvents {
  return {
    restored(alerts, unreadable) {
      counts.missed += unreadable;
      notify({ kind: "restored", alerts, unreadable });
    },
    written({ kept, refused, invalid }) {
      counts.kept += kept;
      counts.missed += refused + invalid;
      counts.dropped += recovery.current?.takeDropped() ?? 0;
      stoppage.written(kept, invalid);
      rejections.add(refused);
    },
  };
}

/**
 * Converts events of a {@link RecoveringWriter} to notices.
 * @param watch returns the watch, which is created later
 */
function recoveryEvents(
  counts: MutableCounts,
  notify: (news: JournalNotice) => void,
  watch: () => Watch,
): RecoveryEvents {
  return {
    replaced(replacement) {
      counts.replaced++;
      watch().restart();
      notify({ kind: "replaced", ...replacement });
    },
    recovered(result) {
      watch().addLost(result.lost);
      notify({ kind: "recovered", ...result });
    },
    killed: (alive) => notify({ kind: "killed", alive }),
  };
}

function countIds(ids: readonly (Uint8Array | undefined)[]): number {
  return ids.reduce((sum, id) => (id === undefined ? sum : sum + 1), 0);
}

function textOf(id: Uint8Array | undefined): string | undefined {
  return id === undefined ? undefined : idText(id);
}
