import type { Reader } from "./read.ts";
import type { RecoveringWriter } from "./recovering-writer.ts";
import type { StoredClock } from "./stored-clock.ts";
import type { Writer } from "./write.ts";

/** Watches an open journal between writes: its files, damaged alerts and recoveries. */
export interface Watch {
  /**
   * Looks for changes to the files by other programs and for damaged alerts, and continues a recovery. Throws SQLite
   * errors.
   * @returns whether there are more alerts to recover
   */
  step(): boolean;
  /** Whether all alerts were checked for damage in the last day. */
  readonly isSearched: boolean;
  /** Number of damaged alerts in the current file and in files that it replaced. */
  readonly damaged: number;
  /** Adds damaged alerts of a replaced file to the count. */
  addLost(alerts: number): void;
  /** Starts the search for damage again, because another file is open. */
  restart(): void;
}

/** Interval between checks of the files, in milliseconds. */
const CHECK_INTERVAL = 1000;
/** Interval between updates of the time at which the process was alive, in milliseconds. */
const ALIVE_INTERVAL = 15_000;
/** Duration of recovery between two transactions of new alerts, in milliseconds. */
const RECOVERY_BUDGET = 100;
/** Number of alerts per step of the search for damage. */
const SEARCH_STEP = 200;
/** Maximum time for the search, in milliseconds per second. */
const SEARCH_BUDGET = 30;
/** Interval between searches, in milliseconds. */
const SEARCH_INTERVAL = 86_400_000;

/**
 * @param unreadable called with the number of newly found damaged alerts
 * @param age clock that is compared in each step and stored while the process is alive
 */
export function openWatch(
  journal: RecoveringWriter,
  unreadable: (alerts: number) => void,
  now: () => number,
  age: StoredClock,
): Watch {
  const search = openSearch(now);
  const isDue = { files: due(CHECK_INTERVAL, now), alive: due(ALIVE_INTERVAL, now) };
  let lost = 0;
  let found = 0;

  /** Performs a step of the search for damage. @returns whether the file was replaced */
  function searchDamage(): boolean {
    const damaged = journal.attempt((writer) => search.step(writer));
    if (damaged <= found) return false;
    const trouble = journal.attempt((writer) => writer.check());
    if (trouble !== undefined) {
      journal.replaceDamaged(trouble); // damage may make readable alerts unreachable
      return true;
    }
    const more = damaged - found;
    found = damaged;
    unreadable(more);
    return false;
  }

  return {
    step() {
      if (journal.current === undefined) return false;
      if (isDue.files()) journal.checkFiles();
      journal.attempt((writer) => age.time(writer));
      if (isDue.alive() && journal.attempt((writer) => writer.hasRoomForState()))
        journal.attempt((writer) =>
          writer.transaction(() => {
            writer.setState("alive", now());
            age.store(writer);
          }),
        );
      return journal.recover(RECOVERY_BUDGET) || searchDamage();
    },
    get isSearched() {
      return search.isDone();
    },
    get damaged() {
      return lost + found;
    },
    addLost(alerts) {
      lost += alerts;
    },
    restart() {
      found = 0;
      search.restart();
    },
  };
}

/**
 * Returns a test for whether an interval has passed since the test last returned true. Also true if the clock went
 * back.
 */
function due(interval: number, now: () => number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const time = now();
    if (time >= last && time - last < interval) return false;
    last = time;
    return true;
  };
}

/** Reads all alerts once a day, in small steps, to find damage before the alerts are needed. */
interface DamageSearch {
  /** Performs a step. @returns the number of damaged alerts that this search has found so far */
  step(writer: Writer): number;
  isDone(): boolean;
  restart(): void;
}

function openSearch(now: () => number): DamageSearch {
  let reader: Reader | undefined;
  let of: Writer | undefined;
  let after = 0;
  /** Number of alerts whose page is in the wrong place, so they are not found by their sequence number. */
  let misplaced = 0;
  let nextAt = 0;

  function restart(): void {
    reader = undefined;
    after = 0;
    misplaced = 0;
    nextAt = 0;
  }

  function isDone(): boolean {
    return reader === undefined && now() < nextAt && nextAt - now() <= SEARCH_INTERVAL;
  }

  return {
    ...{ restart, isDone },
    step(writer) {
      if (isDone()) return 0;
      if (of !== writer) restart();
      of = writer;
      reader ??= writer.reader();
      const end = performance.now() + SEARCH_BUDGET;
      while (performance.now() < end) {
        const { reached } = reader.page(after, SEARCH_STEP);
        if (reached !== after) {
          if (!reader.has(reached)) misplaced++;
          after = reached;
          continue;
        }
        const damaged = reader.damaged + misplaced;
        restart();
        nextAt = now() + SEARCH_INTERVAL;
        return damaged;
      }
      return reader.damaged + misplaced;
    },
  };
}
