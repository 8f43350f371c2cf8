import { closeSync, copyFileSync, existsSync, openSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { UNFINISHED } from "./copies.ts";
import { faultOf, reasonOf } from "./fault.ts";
import { type FileChanges, watchFileChanges } from "./file-changes.ts";
import { makeFolder } from "./folder.ts";
import { type Lock, takeLock } from "./lock.ts";
import { isLogBroken, PAGE_SIZE } from "./pages/image.ts";
import { type Recovery, startRecovery, takeOverAlerts } from "./recover.ts";
import type { Limits } from "./retention.ts";
import { deleteOldCopies, setAside, suffixes } from "./set-aside.ts";
import { openWriter, type Writer } from "./write.ts";

/** Path and limits of a journal. */
export interface JournalSettings {
  /** Path of the database. */
  readonly file: string;
  readonly limits: Limits;
  /** A number that is unique to this process. It shows whether another process left the journal open. */
  readonly instance?: number;
}

/** The replacement of a journal file. */
export interface Replacement {
  readonly reason: string;
  /** Path at which the previous file is kept; undefined if there was no file. */
  readonly aside: string | undefined;
  /** Whether the new file is a complete copy. If not, readable alerts are recovered step by step. */
  readonly isCopy: boolean;
}

/** The result of a completed recovery. */
export interface RecoveryResult {
  readonly aside: string | undefined;
  /** Number of recovered alerts. */
  readonly saved: number;
  /** Number of alerts that were found but are damaged. */
  readonly lost: number;
}

/** Events of a {@link RecoveringWriter}. */
export interface RecoveryEvents {
  replaced(replacement: Replacement): void;
  recovered(result: RecoveryResult): void;
  /**
   * The previous process did not close the journal. `alive` is the last known time at which it was running, in
   * milliseconds since the epoch; 0 if unknown.
   */
  killed(alive: number): void;
}

/** Opens a writer when needed, and replaces the file if it is damaged, or another program removed or changed it. */
export interface RecoveringWriter {
  /** The open writer; undefined while the file is not open. */
  readonly current: Writer | undefined;
  /**
   * Changes whenever this process takes the lock of the journal, because another process may have had the lock before;
   * undefined while this process does not have the lock.
   */
  readonly lockNumber: number | undefined;
  /** Opens the file. Throws SQLite errors, JournalHeld. */
  open(): void;
  /** Runs `work`. If the file is damaged, replaces the file and runs `work` again. Throws SQLite errors. */
  attempt<T>(work: (writer: Writer) => T): T;
  /** Sets new limits. Throws SQLite errors. */
  limit(limits: Limits): void;
  /**
   * Detects changes that other programs made to the files, and restores the journal at its path. Throws SQLite errors.
   */
  checkFiles(): void;
  /** Replaces the file because of damage that a search has found. Throws SQLite errors. */
  replaceDamaged(reason: string): void;
  /** Whether the disk and the size limit have room for a copy of the journal, so that all alerts can be copied. */
  hasRoomForCopy(): boolean;
  /** Recovers alerts for at most `budget` milliseconds. @returns whether there are more alerts */
  recover(budget: number): boolean;
  /** Closes the file but keeps the lock. */
  closeFile(): void;
  /** Closes the file and releases the lock. */
  close(): void;
}

/**
 * Maximum duration of the first recovery step, before alerts are written, in milliseconds. Subsequent steps run between
 * writes.
 */
const FIRST = 1000;
/** SQLITE_ERROR, for example because a table is missing. */
const NO_TABLE = 1;

export function openRecoveringWriter(
  settings: JournalSettings,
  events: RecoveryEvents,
  now: () => number,
): RecoveringWriter {
  return new SelfHealing(settings, events, now);
}

/**
 * A damaged file and the path at which it is kept. The file stays open, because retention may delete it before it has
 * been read.
 */
interface DamagedFile extends Originals {
  readonly aside: string | undefined;
  release(): void;
}

function hold({ file, log }: Originals, aside: string | undefined): DamagedFile {
  const descriptors = [file, log].map((path) => (existsSync(path) ? openSync(path, "r") : undefined));
  const [main = "", wal = ""] = descriptors.map((one) => (one === undefined ? "" : `/proc/self/fd/${one}`));
  return {
    ...{ file: main, log: wal, aside },
    release() {
      for (const descriptor of descriptors) if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

function holdAside(aside: string): DamagedFile {
  return hold({ file: aside, log: `${aside}-wal` }, aside);
}

class SelfHealing implements RecoveringWriter {
  current: Writer | undefined;
  private readonly settings: JournalSettings;
  private limits: Limits;
  private readonly events: RecoveryEvents;
  private readonly now: () => number;
  private lock: Lock | undefined;
  /** Number of times that this process took the lock. */
  private locks = 0;
  /** Whether this process, or an earlier process whose lock file exists, has already used the journal. */
  private wasUsed = false;
  private changes: FileChanges | undefined;
  private recoveries: Recovery[] = [];
  /** Damaged files whose recovery has not begun yet. */
  private unread: DamagedFile[] = [];

  constructor(settings: JournalSettings, events: RecoveryEvents, now: () => number) {
    this.settings = settings;
    this.limits = settings.limits;
    this.events = events;
    this.now = now;
  }

  get lockNumber(): number | undefined {
    return this.lock === undefined ? undefined : this.locks;
  }

  open(): void {
    this.writer();
  }

  attempt<T>(work: (writer: Writer) => T): T {
    const writer = this.writer();
    try {
      return work(writer);
    } catch (error) {
      if (faultOf(error) !== "damaged") throw error;
      return work(this.replace(reasonOf(error)));
    }
  }

  limit(limits: Limits): void {
    this.limits = limits;
    this.current?.limit(limits);
  }

  checkFiles(): void {
    const { current, changes } = this;
    if (current === undefined || changes === undefined) return;
    if (this.lock?.isInPlace() === false) this.takeLock();
    const reason = changes.find(current.pages());
    if (reason !== undefined) this.putBack(reason, current, changes);
  }

  replaceDamaged(reason: string): void {
    this.replace(reason);
  }

  hasRoomForCopy(): boolean {
    const { file } = this.settings;
    const needed = (this.current?.size() ?? 0) + (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
    const { bavail, bsize } = statfsSync(dirname(file));
    const { maxSize } = this.limits;
    return bavail * bsize > needed && (maxSize === 0 || needed < maxSize);
  }

  recover(budget: number): boolean {
    const [recovery] = this.recoveries;
    if (recovery === undefined) return false;
    const isUnfinished = this.attempt((writer) => {
      const hasMore = recovery.step(writer, budget);
      if (hasMore) this.mark(recovery, writer);
      return hasMore;
    });
    if (!isUnfinished) this.finish(recovery);
    return this.recoveries.length > 0;
  }

  closeFile(): void {
    const { current: before, changes } = this;
    this.current = undefined;
    this.changes = undefined;
    closeQuietly(before);
    changes?.close();
  }

  close(): void {
    for (const recovery of this.recoveries.splice(0)) recovery.close(); // the journal has a state for each
    this.closeFile();
    this.lock?.release();
    this.lock = undefined;
  }

  private writer(): Writer {
    if (this.current !== undefined) return this.current;
    if (this.lock === undefined) this.takeLock();
    const { limits } = this;
    const { file } = this.settings;
    if (isNoFile(file)) return this.replace(`${file} is not a file`);
    if (isLogBroken(`${file}-wal`)) return this.replace("its log is damaged");
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if ((size ?? 0) % PAGE_SIZE !== 0) return this.replace("its size is not a multiple of the page size");
    // Creates only missing files, since closing a descriptor of an open database would release locks of this process.
    if (size === undefined) create(file);
    try {
      this.use(openWriter(file, limits), false);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.replace(reasonOf(error));
    }
    if (this.wasUsed && (size ?? 0) === 0) {
      const reason = `${file} was ${size === undefined ? "deleted" : "emptied"} while no process was writing to the file`;
      this.events.replaced({ reason, aside: undefined, isCopy: false });
    }
    this.wasUsed = true;
    return this.opened();
  }

  /**
   * Starts the recovery of damaged files from this process, and of files that an earlier process did not fully recover.
   * @returns the open writer
   */
  private opened(): Writer {
    const { current, unread } = this;
    if (current === undefined) throw new Error("the journal is not open");
    const { file } = this.settings;
    for (const name of current.states(UNFINISHED).keys()) {
      const aside = `${file}.damaged-${name.slice(UNFINISHED.length)}`;
      if ([...this.recoveries, ...unread].some((one) => one.aside === aside)) continue;
      if (existsSync(aside)) unread.push(holdAside(aside));
      else current.deleteState(name);
    }
    for (const recovery of this.recoveries) this.mark(recovery, current);
    for (let next = unread[0]; next !== undefined; next = unread[0]) {
      this.beginRecovery(next, current);
      unread.shift()?.release();
    }
    return current;
  }

  private use(writer: Writer, isOwn: boolean): void {
    const { file, instance = 0 } = this.settings;
    const { killed } = writer;
    const before = writer.states("instance").get("instance") ?? 0;
    if (!isOwn && killed !== undefined && (instance === 0 || before !== instance)) this.events.killed(killed);
    writer.setState("instance", instance);
    writer.setState("alive", this.now());
    this.current = writer;
    this.changes = watchFileChanges(file);
  }

  private takeLock(): void {
    const { file } = this.settings;
    makeFolder(dirname(file));
    this.lock?.release();
    this.lock = undefined;
    this.wasUsed ||= existsSync(`${file}.lock`);
    this.lock = takeLock(`${file}.lock`);
    this.locks++;
  }

  /** Sets a damaged journal aside, creates a new one, and starts to recover the readable data. */
  private replace(reason: string): Writer {
    const { current: before, changes } = this;
    this.current = undefined;
    this.changes = undefined;
    const aside = this.setAside();
    this.unread.push(holdAside(aside));
    try {
      return this.renew({ reason, aside, isCopy: false }, before);
    } finally {
      closeQuietly(before);
      changes?.close();
    }
  }

  private setAside(): string {
    return setAside(this.settings.file, new Date(this.now()));
  }

  private renew(replacement: Replacement, before: Writer | undefined): Writer {
    const { limits } = this;
    const { file } = this.settings;
    if (!existsSync(file)) create(file);
    const fresh = openWriter(file, limits);
    this.use(fresh, true);
    if (before !== undefined) fresh.reserve(before.last);
    this.events.replaced(replacement);
    return this.opened();
  }

  private beginRecovery({ file, log, aside }: DamagedFile, writer: Writer): void {
    const name = this.stateOf(aside);
    if (!writer.states(name).has(name)) writer.setState(name, 1);
    let recovery: Recovery;
    try {
      recovery = startRecovery({ file, log }, aside, writer);
    } catch (error) {
      if (error instanceof Error && "errcode" in error) throw error;
      writer.deleteState(name); // the path is not a file
      this.events.recovered({ aside, saved: 0, lost: 0 });
      return;
    }
    this.recoveries.push(recovery);
    this.mark(recovery, writer);
    if (!recovery.step(writer, FIRST)) this.finish(recovery);
    else this.mark(recovery, writer);
  }

  /** Name in the table `state` that marks a file as not fully recovered. */
  private stateOf(aside: string | undefined): string {
    return UNFINISHED + (aside?.slice(`${this.settings.file}.damaged-`.length) ?? "unlinked");
  }

  /** Stores the sequence number up to which readers must wait for the recovery of missing alerts. */
  private mark(recovery: Recovery, writer: Writer): void {
    const name = this.stateOf(recovery.aside);
    if (writer.states(name).get(name) !== recovery.until) writer.setState(name, recovery.until);
  }

  private finish(recovery: Recovery): void {
    const { aside, saved, lost } = recovery;
    this.recoveries = this.recoveries.filter((one) => one !== recovery);
    recovery.close();
    const { file } = this.settings;
    this.current?.deleteState(this.stateOf(aside));
    this.events.recovered({ aside, saved, lost });
    deleteOldCopies(file, (path) => this.recoveries.some((one) => one.aside === path));
  }

  /**
   * Restores the journal from a copy of the open files, after another program removed or changed the files at its path.
   */
  private putBack(reason: string, before: Writer, changes: FileChanges): void {
    const { file } = this.settings;
    const originals = changes.originals();
    this.current = undefined;
    this.changes = undefined;
    makeFolder(dirname(file));
    const copy = `${file}.copy`;
    const isCopied = originals !== undefined && copyFiles(originals, copy, before);
    // If the database is gone, the remaining log is not needed, because the copy contains its data.
    if (isCopied && !existsSync(file)) for (const suffix of suffixes) rmSync(file + suffix, { force: true });
    const isThere = suffixes.some((suffix) => existsSync(file + suffix));
    const aside = isThere ? this.setAside() : undefined;
    try {
      if (isCopied && originals !== undefined) {
        for (const suffix of suffixes) if (existsSync(copy + suffix)) renameSync(copy + suffix, file + suffix);
        this.useCopy({ reason, aside, isCopy: true }, originals, before);
      } else {
        if (originals !== undefined) this.unread.push(hold(originals, aside));
        takeOver(before, this.renew({ reason, aside, isCopy: false }, before));
      }
    } finally {
      closeQuietly(before);
      changes.close();
    }
  }

  private useCopy(replacement: Replacement, originals: Originals, before: Writer): void {
    const { limits } = this;
    const { file } = this.settings;
    try {
      this.use(openWriter(file, limits), true); // openWriter checks all pages
    } catch (error) {
      if (!isDamage(error)) throw error;
      takeOver(before, this.replace(replacement.reason));
      return;
    }
    const copy = this.current;
    const isComplete = copy !== undefined && copy.reader().last() >= newestOf(before);
    if (!isComplete) this.unread.push(hold(originals, undefined));
    this.events.replaced({ ...replacement, isCopy: isComplete });
    const writer = this.opened();
    if (isComplete) return;
    writer.reserve(before.last);
    takeOver(before, writer);
  }
}

type Originals = NonNullable<ReturnType<FileChanges["originals"]>>;

/**
 * Copies a database and its write-ahead log. If possible, a lock prevents writes during the copy.
 * @returns whether the copy succeeded
 */
function copyFiles({ file, log }: Originals, to: string, writer: Writer): boolean {
  const copy = (): boolean => {
    for (const suffix of suffixes) rmSync(to + suffix, { recursive: true, force: true });
    create(to);
    copyFileSync(file, to);
    if (log !== "") {
      create(`${to}-wal`);
      copyFileSync(log, `${to}-wal`);
    }
    return true;
  };
  try {
    return writer.transaction(copy);
  } catch {
    // the database can no longer be locked, or there is no space for a copy
  }
  try {
    return copy();
  } catch {
    for (const suffix of suffixes) rmSync(to + suffix, { recursive: true, force: true });
    return false;
  }
}

/** Copies the alerts that can be read only through the previous connection. */
function takeOver(before: Writer, fresh: Writer): void {
  try {
    takeOverAlerts(before.reader(), fresh, FIRST);
  } catch {
    // no more alerts can be read
  }
}

/** Sequence number of the newest alert that a connection can read, even if its file is lost. */
function newestOf(before: Writer): number {
  try {
    return before.reader().last();
  } catch {
    return before.last;
  }
}

/** Creates a file that only its owner can read, since command lines and file names can contain secrets. */
function create(file: string): void {
  closeSync(openSync(file, "wx", 0o600));
}

function isNoFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === false;
}

/** Whether an error while the journal is opened indicates damage. A missing table counts as damage. */
function isDamage(error: unknown): boolean {
  if (faultOf(error) === "damaged") return true;
  return error instanceof Error && "errcode" in error && Number(error.errcode) === NO_TABLE;
}

function closeQuietly(writer: Writer | undefined): void {
  try {
    writer?.close();
  } catch {
    // the file is damaged, but all recoverable data is on disk
  }
}
