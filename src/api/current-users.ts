import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { readUsers, type UsersFile } from "./users-file.ts";

/** Milliseconds between checks for changes to the file. */
const CHECK_INTERVAL = 500;
/**
 * Milliseconds for which the previous users apply if the file cannot be read, because an editor may be replacing the
 * file.
 */
const GRACE = 5000;
/** The stamp after this process has read or written the file by other means, so that the next check reads the file. */
const UNKNOWN = "?";
/** The stamp while no user is accepted. */
const CLOSED = "closed";

/** The content of the users file. The file is read again after each change. */
export interface CurrentUsers {
  /** The content. If the file has been invalid, unsafe or missing for some seconds: no users, and another key. */
  content(): UsersFile;
  /** Applies content that the caller has just read or written. The next check reads the file again. */
  publish(next: UsersFile): void;
}

/**
 * Opens the users file.
 * @param problem called with the reason, once for each version of the file that cannot be read
 * @throws Error with a message for the user
 */
export function currentUsers(file: string, problem: (reason: string) => void): CurrentUsers {
  let changed = stamp(file);
  let content = readUsers(file);
  let checked = performance.now();
  let failing: { readonly since: number; readonly stamp: string } | undefined;

  function check(): void {
    const now = stamp(file);
    if (now === changed) return;
    try {
      content = readUsers(file);
      changed = now;
      failing = undefined;
    } catch (error) {
      if (failing?.stamp !== now) problem(error instanceof Error ? error.message : String(error));
      failing = { since: failing?.since ?? performance.now(), stamp: now };
      const hasLasted = performance.now() - failing.since >= GRACE || isOld(file);
      if (changed === CLOSED || !hasLasted) return;
      content = emptyUsers();
      changed = CLOSED;
    }
  }

  return {
    content() {
      if (performance.now() - checked < CHECK_INTERVAL) return content;
      checked = performance.now();
      check();
      return content;
    },
    publish(next) {
      content = next;
      changed = UNKNOWN;
      failing = undefined;
      checked = performance.now();
    },
  };
}

/** Content without users, and with a new key, so that no existing session is valid. */
export function emptyUsers(): UsersFile {
  return { key: randomBytes(32).toString("hex"), users: [] };
}

/** Identifies a version of the file. A change of its mode or owner changes only `ctime`. */
function stamp(file: string): string {
  try {
    const { ctimeMs, mtimeMs, size, ino } = statSync(file);
    return `${ctimeMs} ${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether the file has not changed in the last seconds. If the file is missing, its directory is checked. */
function isOld(file: string): boolean {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    return Date.now() - (found?.ctimeMs ?? statSync(dirname(file)).mtimeMs) >= GRACE;
  } catch {
    return false;
  }
}
