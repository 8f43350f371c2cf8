import type { Reader } from "./read.ts";
import type { RecoveringWriter } from "./recovering-writer.ts";
import type { StoredClock } from "./stored-clock.ts";
import type { Writer } from "./write.ts";

/** Watches an open journal between writes: its files, its alerts, and recoveries. */
export interface Watch {
  /**
   * Notices changes of the files by other programs and damaged alerts, and goes on with a recovery. Throws errors of
   * SQLite.
   * @returns whether alerts remain to be recovered
   */
  step(): boolean;
  /** Whether all alerts were searched for damage in the last day. */
  readonly isSearched: boolean;
  /** Damaged alerts in this file, and in files that it replaced. */
  readonly damaged: number;
  /** Adds damaged alerts of a file that was replaced. */
  addLost(alerts: number): void;
  /** Searches again from the beginning: another file is open. */
  restart(): void;
}

/** Milliseconds between two checks of the files. */
const CHECK_INTERVAL = 1000;
/** Milliseconds between two marks that the process is alive. */
const ALIVE_INTERVAL = 15_000;
/** Milliseconds of recovery between two transactions of new alerts. */
const RECOVERY_BUDGET = 100;
/** Search for damaged alerts: alerts per step, milliseconds per second, milliseconds between two searches. */
const SEARCH_STEP = 200;
const SEARCH_BUDGET = 30;
const SEARCH_INTERVAL = 86_400_000;

/**
 * @param unreadable called with the number of damaged alerts that a search found in addition to known ones
 * @param age compared in each step, and stored while the process is alive
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

  /** @returns whether the file was replaced */
  function searchDamage(): boolean {
    const damaged = journal.attempt((writer) => search.step(writer));
    if (damaged <= found) return false;
    const trouble = journal.attempt((writer) => writer.check());
    if (trouble !== undefined) {
      journal.replaceDamaged(trouble); // readable alerts may be out of reach
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

/** A test whether an interval has passed since it was last true; also true if the clock goes back. */
function due(interval: number, now: () => number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const time = now();
    if (time >= last && time - last < interval) return false;
    last = time;
    return true;
  };
}

/** Reads all alerts once a day in small steps, to find damage before they are needed. */
interface DamageSearch {
  /** @returns damaged alerts that this search has found so far */
  step(writer: Writer): number;
  isDone(): boolean;
  restart(): void;
}

function openSearch(now: () => number): DamageSearch {
  let reader: Reader | undefined;
  let of: Writer | undefined;
  let after = 0;
  /** Alerts that were read and are not found by their sequence number, since the page is not in its place. */
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
