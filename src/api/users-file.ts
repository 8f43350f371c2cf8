// Reads the file with the users of the page, and changes the file while other processes may also change it.
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { faultOf, JournalHeld } from "../journal/fault.ts";
import { makeFolder, syncFolder } from "../journal/folder.ts";
import { type Lock, takeLock } from "../journal/lock.ts";
import { requireTrusted, trustedOwners } from "../server/file-trust.ts";
import { isObject } from "./object.ts";
import { roles, type User } from "./user.ts";
import { UsersError } from "./users-error.ts";

/** A user in the file; only a hash of the token is stored. */
export interface KnownUser extends User {
  /** SHA-256 in hex. Tokens are 256 random bits, so no slow hash is needed. */
  readonly token: string;
  /** Time when the token was created, in ISO 8601. Absent if an earlier version created the token. */
  readonly created?: string;
}

/** The content of the file. */
export interface UsersFile {
  /** The key that signs sessions, in hex. */
  readonly key: string;
  readonly users: readonly KnownUser[];
}

/** The content of the file after a change, and a result for the caller. */
export interface Changed<T> {
  readonly content: UsersFile;
  readonly result: T;
}

const GROUP_READ = 0o040;

/** Reads the file. @throws Error with a message for the user */
export function readUsers(file: string): UsersFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the users of the web UI from ${file}: ${reason}.`);
  }
  if ((statSync(file).mode & 0o022) !== 0)
    throw new Error(`${file} is writable by other users, who could become admins; run chmod go-w ${file}.`);
  requireTrusted(file, "web_page.users_file");
  if (!isUsersFile(content)) throw new Error(`${file} is not a valid users file (web_page.users_file).`);
  return content;
}

/**
 * Changes the file under a lock, so that changes of other processes are not lost. The file is replaced as a whole. If
 * the new file cannot be written, the old file is kept.
 * @param change the new content; called with undefined if there is no file. If `change` throws or returns the same
 * content, the file is not written
 * @param wait milliseconds to wait for another process, during which the thread is blocked
 * @throws UsersError, or the error of `change`
 */
export function changeUsersFile<T>(
  file: string,
  change: (content: UsersFile | undefined) => Changed<T>,
  wait: number,
): Changed<T> {
  const target = attempt(file, () => realPath(file));
  const lock = attempt(file, () => lockFile(target, wait));
  try {
    const before = statSync(target, { throwIfNoEntry: false });
    const content = before && readable(file);
    const changed = change(content);
    if (changed.content !== content) attempt(file, () => writeUsers(target, changed.content, before));
    return changed;
  } finally {
    lock.release();
  }
}

/** @throws UsersError */
function readable(file: string): UsersFile {
  try {
    return readUsers(file);
  } catch (error) {
    throw new UsersError("file", error instanceof Error ? error.message : String(error));
  }
}

/**
 * The reason why this process cannot change the file, as a sentence; undefined if the checks find no reason. Does not
 * write to the file.
 */
export function writeObstacle(file: string): string | undefined {
  try {
    const target = realPath(file);
    accessSync(dirname(target), constants.W_OK | constants.X_OK);
    requireOwner(file, statSync(target));
    const lock = lockOf(target);
    if (lstatSync(lock, { throwIfNoEntry: false }) !== undefined) accessSync(lock, constants.W_OK);
    return undefined;
  } catch (error) {
    return errorOf(file, error).message;
  }
}

/** The path without symbolic links, even if the file does not exist yet. Creates the directory of the file. */
function realPath(file: string): string {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return realpathSync(file);
  makeFolder(dirname(file));
  return join(realpathSync(dirname(file)), basename(file));
}

const lockOf = (target: string): string => `${target}.lock`;

/** @throws Error if another user could hold the lock */
function lockFile(target: string, wait: number): Lock {
  const path = lockOf(target);
  const users = statSync(target, { throwIfNoEntry: false });
  if (users !== undefined) requireOwner(target, users);
  createLockFile(path, users);
  const found = lstatSync(path);
  if (!found.isFile() || !trustedOwners().includes(found.uid))
    throw new Error(`${path} is not a regular file owned by user ${process.geteuid?.()} or root: run rm ${path}`);
  accessSync(path, constants.W_OK); // SQLite does not state why it cannot open a file
  return takeLock(path, wait);
}

/**
 * Creates the lock file. SQLite would follow symbolic links, and would make the lock file readable by other users, who
 * could then hold the lock. The lock file belongs to the owner of the users file, so that the owner can change the
 * users file without root.
 */
function createLockFile(path: string, users: Stats | undefined): void {
  try {
    const descriptor = openSync(path, "wx", 0o600);
    try {
      if (users !== undefined) fchownSync(descriptor, users.uid, users.gid);
    } catch {
      // Only root can change the owner. When the users file is written, its owner is checked.
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

/**
 * Writes the file atomically. The file is readable by its owner, and by its group if the previous file was readable by
 * the group.
 */
function writeUsers(target: string, content: UsersFile, before: Stats | undefined): void {
  const fresh = `${target}.${process.pid}`;
  rmSync(fresh, { force: true }); // removes a link that another user may have created
  try {
    const descriptor = openSync(fresh, "wx", 0o600);
    try {
      if (before !== undefined) keepOwner(descriptor, before);
      writeFileSync(descriptor, `${JSON.stringify(content, null, 1)}\n`);
      fsyncSync(descriptor); // otherwise, the file could be empty after a power failure
    } finally {
      closeSync(descriptor);
    }
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  syncFolder(dirname(target)); // otherwise, a removed token could return after a power failure
}

/** @throws Error if the file belongs to another user, who could not read the new file */
function requireOwner(file: string, { uid }: Stats): void {
  const own = process.geteuid?.() ?? 0;
  if (own !== 0 && uid !== own) throw new Error(`${file} belongs to user ${uid}, and this process runs as user ${own}`);
}

function keepOwner(descriptor: number, { uid, gid, mode }: Stats): void {
  try {
    fchownSync(descriptor, uid, gid);
    fchmodSync(descriptor, 0o600 | (mode & GROUP_READ));
  } catch (error) {
    // The process is not in the group of the file. The group of the process must not be able to read the file.
    if (process.geteuid?.() === 0) throw error;
  }
}

/** Runs an operation on the file. @throws UsersError */
function attempt<T>(file: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw errorOf(file, error);
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EBUSY: "the file is a mount point; mount its directory instead",
};

function errorOf(file: string, error: unknown): UsersError {
  if (error instanceof UsersError) return error;
  if (error instanceof JournalHeld)
    return new UsersError("busy", `Cannot change ${file}: ${error.message}. Try again later.`);
  const reason = error instanceof Error ? error.message : String(error);
  const cause = faultOf(error) === "full" ? "the disk is full" : (CAUSES[codeOf(error)] ?? reason.replace(/\.$/, ""));
  return new UsersError("file", `Cannot change ${file}: ${cause}.`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function isUsersFile(value: unknown): value is UsersFile {
  if (!isObject(value) || typeof value.key !== "string" || !/^[0-9a-f]{64}$/.test(value.key)) return false;
  return Array.isArray(value.users) && value.users.every(isKnownUser);
}

/** `created` is not checked, because files of earlier versions may contain a key with this name and any value. */
function isKnownUser(value: unknown): value is KnownUser {
  return (
    isObject(value) &&
    typeof value.name === "string" &&
    roles.some((role) => role === value.role) &&
    typeof value.token === "string" &&
    /^[0-9a-f]{64}$/.test(value.token)
  );
}
