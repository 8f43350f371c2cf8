import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { openCopies } from "./copies.ts";
import { reserveBytes, reservePath } from "./reserve.ts";
import { LEAST_MAX_SIZE, type Retention } from "./retention.ts";
import { pragma } from "./schema.ts";

/** Keeps the total size of a journal's files within 110% of the size limit. Methods throw SQLite errors. */
export interface Space {
  /** Maximum total size of alerts per transaction, in bytes. */
  readonly chunk: number;
  /**
   * Makes space for a transaction by deleting alerts of the largest groups.
   * @param bytes estimated size in the database
   * @param isRare returns whether the transaction contains only rare alerts, which may use the reserved part of the
   * write-ahead log while a reader prevents it from being emptied
   * @returns whether there is enough space
   */
  admit(bytes: number, isRare: () => boolean): boolean;
  /** Deletes more alerts after a transaction failed for lack of space. @returns whether any alerts were deleted */
  makeMoreRoom(): boolean;
  /**
   * Whether positions and states may be written now. They are written several times per second, so they are deferred
   * while readers keep the write-ahead log larger than {@link stateLog}.
   */
  hasRoomForState(): boolean;
  /** Size of the write-ahead log up to which positions and states may be written, in bytes. */
  readonly stateLog: number;
  /** Must be called after each transaction. Empties the write-ahead log if it is too large. */
  committed(): void;
  /**
   * Shrinks the database file towards the limit, until `isOver` returns true.
   * @returns whether `isOver` ended the work, so that another call may be necessary
   */
  shrink(isOver: () => boolean): boolean;
  /** Total size of all files, in bytes. */
  size(): number;
  /** Sets a new limit; 0 disables it. */
  limit(maxSize: number): void;
}

/** Fraction by which the total size may exceed the limit. */
const TOLERANCE = 0.1;
/** Minimum and maximum of the size limit for the write-ahead log, in bytes. */
const MIN_LOG = 2_000_000;
const MAX_LOG = 16_000_000;
/**
 * Size of the write-ahead log above which it is written back to the database, in bytes. Lower if the size limit is
 * small.
 */
const SOFT_LOG = 4_000_000;
/**
 * Fraction of the size limit of the write-ahead log that is available to alerts of large groups: alerts for which
 * `isRare` is false (alert-groups.ts).
 */
const COMMON_SHARE = 0.75;
/** Maximum total size of alerts per transaction, in bytes. */
const MAX_CHUNK = 1_000_000;
/** Share of the maximum number of pages above which an error "full" can be caused by the limit instead of the disk. */
const FULL_SHARE = 0.9;
/** Minimum and maximum value of the limit for the number of alerts per deletion. */
const MIN_STEP = 16;
const MAX_STEP = 2000;
/** `PRAGMA max_page_count` of a journal without a limit. */
const UNLIMITED = 0xfffffffe;
/** Number of additional pages that a transaction may need. */
const SPARE = 64;
/** Number of pages that a merge of the full-text index may need temporarily. */
const MERGE = 320;
/** Additional space that a merge of the full-text index may need, as a fraction of the size limit. */
const MERGE_SHARE = 0.01;
/** Maximum time to wait for readers when the write-ahead log is emptied, in milliseconds. */
const PATIENCE = 25;
/** Delay after a failed attempt to empty the write-ahead log, in milliseconds. */
const PAUSE = 250;

/** Name of the row in the table `state` that provides {@link Space.stateLog} to other connections. */
export const STATE_LOG = "state_log";

interface Budget {
  readonly total: number;
  /** Maximum number of used pages. If there are more, alerts are deleted before new alerts are written. */
  readonly pages: number;
  /** Maximum number of pages of the database. */
  readonly maxPages: number;
  readonly log: number;
  readonly soft: number;
  readonly chunk: number;
}

export function budgetOf(maxSize: number, pageSize: number): Budget {
  const size = Math.max(maxSize, LEAST_MAX_SIZE);
  const total = size * (1 + TOLERANCE);
  const log = Math.min(MAX_LOG, Math.max(MIN_LOG, size / 8));
  // Space for the shared memory of readers, and for data that other connections write.
  const others = 100_000 + size / 50;
  const chunk = Math.min(MAX_CHUNK, log / 8);
  const maxPages = Math.floor(Math.min(size, total - log - others - reserveBytes(size)) / pageSize);
  return {
    total,
    pages: maxPages - MERGE - Math.ceil((size * MERGE_SHARE + 2 * chunk) / pageSize),
    maxPages,
    log,
    soft: Math.min(SOFT_LOG, log / 4),
    chunk,
  };
}

/**
 * Opens the space management of a database.
 * @param transaction runs `work` in one transaction. `work` deletes alerts and returns their number
 */
export function openSpace(
  db: DatabaseSync,
  file: string,
  retention: Retention,
  transaction: (work: () => number) => number,
): Space {
  const pageSize = pragma(db, "page_size");
  const copies = openCopies(db, file);
  let budget: Budget | undefined;
  let nextAttempt = 0;
  let step = MIN_STEP;

  const logSize = (): number => sizeOf(`${file}-wal`);
  const allPages = (): number => pragma(db, "page_count");
  const pagesUsed = (): number => allPages() - pragma(db, "freelist_count");

  /** Number of bytes that can be written to free pages and to new pages. */
  function freeBytes({ pages }: Budget): number {
    return (pages - pagesUsed()) * pageSize;
  }

  /** Writes the log back to the database and empties it, unless readers still need it. */
  function checkpoint(): void {
    const now = performance.now();
    if (now < nextAttempt) return;
    db.exec(`PRAGMA busy_timeout = ${PATIENCE}`);
    try {
      const { busy } = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
      if (busy !== 0) nextAttempt = performance.now() + PAUSE;
    } finally {
      db.exec("PRAGMA busy_timeout = 5000");
    }
  }

  function committed(): void {
    if (budget !== undefined && logSize() > budget.soft) checkpoint();
  }

  function hasLogFor(bytes: number, share: number, { log }: Budget): boolean {
    return logSize() + bytes <= log * share;
  }

  /** Deletes alerts of about `bytes` in total, but at most `step` alerts. @returns the number of deleted alerts */
  function remove(bytes: number, now: Budget): number {
    const each = Math.max(100, (pagesUsed() * pageSize) / (retention.alerts + 1));
    const wanted = Math.ceil((bytes / each) * 1.2);
    const most = Math.max(1, Math.min(step, wanted));
    if (!hasLogFor(now.soft, COMMON_SHARE, now)) return 0;
    const before = logSize();
    // Deletions need not be confirmed by the disk; after a power failure, deleted alerts may exist again. A deletion
    // can cause a merge of the full-text index, which may use the free space of the log.
    const pages = Math.max(now.maxPages, allPages()) + Math.floor((now.log - before) / 2 / pageSize);
    db.exec(`PRAGMA max_page_count = ${pages}; PRAGMA synchronous = NORMAL`);
    try {
      return transaction(() => retention.makeRoom(most));
    } finally {
      db.exec(`PRAGMA max_page_count = ${now.maxPages}; PRAGMA synchronous = FULL`);
      // Adapts the step, so that a deletion writes about half of the soft limit to the log.
      const grown = logSize() - before;
      if (grown > now.soft / 2) step = Math.max(MIN_STEP, Math.floor(step / 2));
      else if (most === step) step = Math.min(MAX_STEP, step * 2);
      committed();
    }
  }

  /** Deletes copies of damaged journals if all files together are too large. */
  function removeCopies({ total }: Budget): void {
    copies.remove(total - (allPages() * pageSize + logSize() + total / 20));
  }

  return {
    get chunk() {
      return budget?.chunk ?? Number.POSITIVE_INFINITY;
    },
    admit(bytes, isRare) {
      if (budget === undefined) return true;
      committed();
      if (copies.bytes > 0) removeCopies(budget);
      const needed = bytes + SPARE * pageSize;
      if (!hasLogFor(bytes * 2, COMMON_SHARE, budget) && (!hasLogFor(bytes * 2, 1, budget) || !isRare())) return false;
      const margin = (budget.pages * pageSize) / 100;
      for (let free = freeBytes(budget); free < needed; free = freeBytes(budget))
        if (remove(needed + margin - free, budget) === 0) return free >= bytes;
      return true;
    },
    hasRoomForState() {
      if (logSize() > (budget?.soft ?? SOFT_LOG)) checkpoint();
      return logSize() <= stateLogOf(budget);
    },
    get stateLog() {
      return stateLogOf(budget);
    },
    makeMoreRoom() {
      // Far below the limit, the disk is full: deletions would only lose alerts that outputs have not read yet.
      if (budget === undefined || allPages() < budget.maxPages * FULL_SHARE) return false;
      return remove((budget.pages * pageSize) / 20, budget) > 0;
    },
    committed,
    shrink(isOver) {
      if (budget === undefined) return false;
      removeCopies(budget);
      committed();
      for (let over = allPages() - budget.maxPages; over > 0; over = allPages() - budget.maxPages) {
        if (!hasLogFor(budget.soft / 2, COMMON_SHARE, budget)) return false; // a reader keeps the log full
        // Unused pages are returned to the file system last, because deletions use them to merge the full-text index.
        const tooMany = pagesUsed() - budget.pages;
        if (tooMany > 0 && remove(tooMany * pageSize, budget) === 0) return false;
        const steps = Math.min(over, Math.ceil(budget.soft / 2 / pageSize));
        if (tooMany <= 0) db.exec(`PRAGMA incremental_vacuum(${steps})`);
        committed();
        if (isOver()) return true;
      }
      // The file becomes smaller only when the log is written back to it.
      if (sizeOf(file) > budget.maxPages * pageSize) checkpoint();
      db.exec(`PRAGMA max_page_count = ${budget.maxPages}`);
      return false;
    },
    size: () => sizeOf(file) + logSize() + sizeOf(`${file}-shm`) + sizeOf(reservePath(file)) + copies.bytes,
    limit(maxSize) {
      budget = maxSize === 0 ? undefined : budgetOf(maxSize, pageSize);
      const { maxPages = UNLIMITED, log = MAX_LOG } = budget ?? {};
      db.exec(`PRAGMA max_page_count = ${maxPages}; PRAGMA journal_size_limit = ${log}`);
      if (budget !== undefined) removeCopies(budget);
    },
  };
}

function stateLogOf(budget: Budget | undefined): number {
  return Math.floor((budget?.log ?? MAX_LOG) * COMMON_SHARE);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
