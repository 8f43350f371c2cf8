import { closeSync, constants, fchmodSync, openSync, rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { FileState, FileType } from "./state.ts";

/** Schema version. Increment it when the tables change. Files with another version are replaced. */
const VERSION = 1;

/** Default time to wait for another process that uses the file, in milliseconds. */
const LOCK_TIMEOUT = 5000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    parent TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, mode INTEGER NOT NULL, uid INTEGER NOT NULL,
    gid INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, inode INTEGER NOT NULL,
    links INTEGER NOT NULL, target TEXT, capability TEXT, sha256 TEXT,
    PRIMARY KEY (parent, name)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};
`;

/**
 * The columns of {@link Row}. SQLite returns integers above 2^53 only as an error or as a bigint. A user can set such a
 * size or time, and some file systems have such inodes. Converted to real numbers, these values equal the numbers that
 * were stored.
 */
const COLUMNS = `
  parent, name, type, mode, uid, gid, CAST(size AS REAL) AS size, CAST(mtime AS REAL) AS mtime,
  CAST(ctime AS REAL) AS ctime, CAST(inode AS REAL) AS inode, links, target, capability, sha256
`;

interface Row {
  readonly parent: string;
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
  readonly links: number;
  readonly target: string | null;
  readonly capability: string | null;
  readonly sha256: string | null;
}

/** The known state of the watched files, stored in SQLite. Paths are absolute byte strings. */
export class Baseline {
  private readonly database: DatabaseSync;
  private readonly selectOne: StatementSync;
  private readonly selectIn: StatementSync;
  private readonly insert: StatementSync;
  private readonly deleteOne: StatementSync;
  private readonly deleteBelow: StatementSync;
  private readonly selectUnhashed: StatementSync;
  private readonly updateParents: StatementSync;

  /**
   * @param timeout time to wait for another process that uses the file, in milliseconds
   * @throws if the file cannot be opened
   */
  constructor(file: string, timeout = LOCK_TIMEOUT) {
    this.database = openDatabase(file, timeout);
    const { database } = this;
    this.selectOne = database.prepare(`SELECT ${COLUMNS} FROM entries WHERE parent = ? AND name = ?`);
    this.selectIn = database.prepare(`SELECT ${COLUMNS} FROM entries WHERE parent = ?`);
    this.insert = database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.deleteOne = database.prepare("DELETE FROM entries WHERE parent = ? AND name = ?");
    this.deleteBelow = database.prepare("DELETE FROM entries WHERE parent = ? OR parent >= ? AND parent < ?");
    this.updateParents = database.prepare(
      "UPDATE OR REPLACE entries SET parent = ? || substr(parent, ?) WHERE parent = ? OR parent >= ? AND parent < ?",
    );
    this.selectUnhashed = database.prepare(
      `SELECT ${COLUMNS} FROM entries WHERE sha256 IS NULL AND type = 'file' AND entries.size <= ?
        AND (parent, name) > (?, ?) ORDER BY parent, name LIMIT ?`,
    );
  }

  get(path: string): FileState | undefined {
    const row = this.selectOne.get(parentOf(path), nameOf(path));
    return row === undefined ? undefined : stateOf(row as unknown as Row); // a row of the schema
  }

  /** Returns the entries of a directory by name. */
  entries(directory: string): Map<string, FileState> {
    const rows = this.selectIn.all(directory) as unknown as readonly Row[]; // rows of the schema
    return new Map(rows.map((row) => [row.name, stateOf(row)]));
  }

  set(path: string, state: FileState): void {
    const { type, mode, uid, gid, size, mtime, ctime, inode, links, target, capability, sha256 } = state;
    const texts = [target ?? null, capability ?? null, sha256 ?? null];
    this.insert.run(
      ...[parentOf(path), nameOf(path), type, mode, uid, gid, size, mtime, ctime, inode, links, ...texts],
    );
  }

  remove(path: string): void {
    this.deleteOne.run(parentOf(path), nameOf(path));
  }

  /** Removes a directory and everything below it. */
  removeTree(path: string): void {
    this.remove(path);
    this.deleteBelow.run(path, `${path}/`, `${path}0`);
  }

  /** Updates the paths of all entries below a renamed directory. */
  moveTree(from: string, to: string): void {
    this.updateParents.run(to, from.length + 1, from, `${from}/`, `${from}0`);
  }

  /**
   * Returns up to `count` files after a path, in order of directory and name, that are not hashed and have at most
   * `most` bytes.
   */
  unhashed(most: number, after: string, count: number): { readonly path: string; readonly state: FileState }[] {
    const rows = this.selectUnhashed.all(most, parentOf(after), nameOf(after), count) as unknown as readonly Row[];
    return rows.map((row) => ({ path: joined(row.parent, row.name), state: stateOf(row) }));
  }

  /** Returns a stored value, such as the time of the first complete scan. */
  fact(name: string): string | undefined {
    const row = this.database.prepare("SELECT value FROM facts WHERE name = ?").get(name);
    return row === undefined ? undefined : String(row.value);
  }

  setFact(name: string, value: string): void {
    this.database.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)").run(name, value);
  }

  /** Number of entries. */
  get size(): number {
    return Number(this.database.prepare("SELECT count(*) AS count FROM entries").get()?.count ?? 0);
  }

  /** Runs `act` in one transaction, which is committed even if `act` throws an error. */
  together(act: () => void): void {
    this.database.exec("BEGIN");
    try {
      act();
    } finally {
      this.database.exec("COMMIT");
    }
  }

  close(): void {
    this.database.close();
  }
}

/**
 * Opens the file. Replaces a file that is damaged or has another schema version.
 * @throws if the file cannot be opened, such as when it is locked or the disk is full
 */
function openDatabase(file: string, timeout: number): DatabaseSync {
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout });
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    if (!isReplaceable(error)) throw error;
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    makePrivate(file);
    const next = new DatabaseSync(file, { timeout });
    prepare(next);
    return next;
  }
}

/** Creates the file with access for its owner only, since it contains hashes of private files. */
function makePrivate(file: string): void {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
  const fd = openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
}

function prepare(database: DatabaseSync): void {
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024;");
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (version !== 0 && version !== VERSION) throw new Unusable("the baseline has a different version");
  database.exec(SCHEMA);
  const check = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (check !== "ok") throw new Unusable(`the baseline is damaged: ${check}`);
}

/** Error for a file that is damaged or has another schema version. */
class Unusable extends Error {}

/** Whether the content of the file caused the error, rather than a lock, a permission or the disk. */
function isReplaceable(error: unknown): boolean {
  const [ERROR, CORRUPT, NOT_A_DATABASE] = [1, 11, 26]; // sqlite3.h
  if (error instanceof Unusable) return true;
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return code === ERROR || code === CORRUPT || code === NOT_A_DATABASE;
}

function stateOf({
  type,
  mode,
  uid,
  gid,
  size,
  mtime,
  ctime,
  inode,
  links,
  target,
  capability,
  sha256,
}: Row): FileState {
  return {
    ...{ type: type as FileType, mode, uid, gid, size, mtime, ctime, inode, links }, // written by `set`
    target: target ?? undefined,
    capability: capability ?? undefined,
    sha256: sha256 ?? undefined,
  };
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0)) || "/";
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function joined(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
