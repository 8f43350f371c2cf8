import type { Reader } from "./read.ts";
import type { RecoveringWriter } from "./recovering-writer.ts";
import type { StoredClock } from "./stored-clock.ts";
import type { Writer } from "./write.ts";

/** Checks the files and alerts of an open journal between writes, and continues recoveries. */
export interface Watch {
  /**
   * Checks for changes to the files by other programs and for damaged alerts, and continues a recovery. Throws SQLite
   * errors.
   * @returns whether there are more alerts to recover
   */
  step(): boolean;
  /** Whether all alerts were checked for damage in the last day. */
  readonly isSearched: boolean;
  /** Number of damaged alerts in the current file and in previous files. */
  readonly damaged: number;
  /** Adds the number of damaged alerts in a previous file. */
  addLost(alerts: number): void;
  /** Restarts the search for damage. Must be called after another file was opened. */
  restart(): void;
}

/** Interval between checks of the files, in milliseconds. */
const CHECK_INTERVAL = 1000;
/** Interval at which the journal stores that the process is alive, in milliseconds. */
const ALIVE_INTERVAL = 15_000;
/** Maximum duration of a recovery step between writes, in milliseconds. */
const RECOVERY_BUDGET = 100;
/** Number of alerts that the search for damage reads at once. */
const SEARCH_STEP = 200;
/** Maximum duration of a step of the search for damage, in milliseconds. */
const SEARCH_BUDGET = 30;
/** Interval between searches for damage, in milliseconds. */
const SEARCH_INTERVAL = 86_400_000;

/**
 * Starts to watch a journal.
 * @param unreadable called with the number of newly found damaged alerts
 * @param age clock that is updated in each step, and periodically stored
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
    const { damaged, restored } = journal.attempt((writer) => search.step(writer));
    if (restored > 0 && journal.hasRoomForCopy()) {
      journal.replaceDamaged(`damaged strings of alerts with only one readable copy: ${restored}`);
      return true;
    }
    if (damaged <= found) return false;
    const trouble = journal.attempt((writer) => writer.check());
    if (trouble !== undefined) {
      journal.replaceDamaged(trouble); // readable alerts may be unreachable because of the damage
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
 * Returns a function that returns true if `interval` has passed since it last returned true, or if the clock went back.
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

/** Results of the current search. */
interface FoundDamage {
  /** Total number of damaged alerts. */
  readonly damaged: number;
  /** Number of damaged strings of alerts that could be read from a copy. */
  readonly restored: number;
}

/** Reads all alerts once a day in small steps, so that damage is found early. */
interface DamageSearch {
  /** Performs a step. */
  step(writer: Writer): FoundDamage;
  isDone(): boolean;
  restart(): void;
}

function openSearch(now: () => number): DamageSearch {
  let reader: Reader | undefined;
  let of: Writer | undefined;
  let after = 0;
  /** Number of alerts that exist but are not found by their sequence numbers. */
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
      if (isDone()) return { damaged: 0, restored: 0 };
      if (of !== writer) restart();
      of = writer;
      reader ??= writer.reader();
      const end = performance.now() + SEARCH_BUDGET;
      while (performance.now() < end) {
        const { reached } = reader.page(after, SEARCH_STEP);
        if (reached !== after) {
          misplaced += reader.unfindable(after, reached);
          after = reached;
          continue;
        }
        // A search by sequence number may also miss alerts at the end.
        if (reader.damaged + misplaced === 0 && reader.last() > after) misplaced++;
        const result = { damaged: reader.damaged + misplaced, restored: reader.restored };
        restart();
        nextAt = now() + SEARCH_INTERVAL;
        return result;
      }
      return { damaged: reader.damaged + misplaced, restored: reader.restored };
    },
  };
}
