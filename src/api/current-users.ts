import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { readUsers, type UsersFile } from "./users-file.ts";

/** Milliseconds between checks for changes to the file. */
const CHECK_INTERVAL = 500;
/** Milliseconds for which the previous users apply if the file cannot be read, since an editor may be replacing it. */
const GRACE = 5000;
/** The stamp of a file that has just been read or written by this process, so that it is read again. */
const UNKNOWN = "?";
/** The stamp while no user is accepted. */
const CLOSED = "closed";

/** The content of the users file, which is read again after each change. */
export interface CurrentUsers {
  /** The content. No user and another key if the file has been invalid, unsafe or missing for some seconds. */
  content(): UsersFile;
  /** Applies the content that was just read or written. The file is read again at the next check. */
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

/** A file without users, with a key that signs no known session. */
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

/** Whether the last change of the file, or of its folder if it is missing, was not in the last seconds. */
function isOld(file: string): boolean {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    return Date.now() - (found?.ctimeMs ?? statSync(dirname(file)).mtimeMs) >= GRACE;
  } catch {
    return false;
  }
}
