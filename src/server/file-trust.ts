import { accessSync, constants, lstatSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;
const FOLDER = 0o040000;
/** The user ID that represents users not mapped in a user namespace. */
const UNMAPPED = 65_534;

/**
 * Returns the reason why users other than `owners` can change a file or directory, and how to fix it. Checks the owner
 * and the mode, the owner of a symbolic link, and whether a parent directory is writable by all users. Undefined if the
 * file or directory is safe or does not exist.
 */
export function untrusted(path: string, owners: readonly number[] = trustedOwners()): string | undefined {
  try {
    const [whole, real] = [resolve(path), realpathSync(path)];
    const itself = statSync(real);
    const reason =
      ofOwner(path, itself, owners) ??
      (isOpen(real, itself, false) ? `${path} is writable by all users: run chmod o-w ${path}` : undefined);
    if (reason !== undefined) return reason;
    const link = lstatSync(whole);
    if (link.isSymbolicLink() && !owners.includes(link.uid) && !isUnmapped(link.uid))
      return `${path} is a symbolic link owned by user ${link.uid}: run chown -h ${owners[0] ?? 0} ${path}`;
    for (const start of new Set([whole, real])) {
      for (let folder = dirname(start); ; folder = dirname(folder)) {
        if (isOpen(folder, statSync(folder)))
          return `${path} is in ${folder}, which is writable by all users: run chmod o-w ${folder}`;
        if (folder === dirname(folder)) break;
      }
    }
  } catch {
    // Reading the file reports the error.
  }
  return undefined;
}

/** @throws Error with a message for the user if other users can change a file. */
export function requireTrusted(path: string, purpose: string): void {
  const reason = untrusted(path);
  if (reason !== undefined) throw new Error(`${reason} (${purpose}).`);
}

/** IDs of the user of this process, of root, and of the user who called sudo. */
export function trustedOwners(): readonly number[] {
  const own = process.geteuid?.() ?? 0;
  const caller = own === 0 ? Number(process.env.SUDO_UID || Number.NaN) : Number.NaN;
  return [own, 0, ...(Number.isInteger(caller) ? [caller] : [])];
}

function ofOwner(path: string, { uid }: Stats, owners: readonly number[]): string | undefined {
  if (owners.includes(uid) || isUnmapped(uid)) return undefined;
  return `${path} belongs to user ${uid}: run chown ${owners[0] ?? 0} ${path}`;
}

/**
 * Whether all users can change a file, or the entries of a directory. Always false on read-only mounts.
 * @param sticky whether a sticky bit protects the entries; it does not prevent adding entries
 */
function isOpen(path: string, { mode }: Stats, sticky = true): boolean {
  if ((mode & WRITABLE_BY_ALL) === 0) return false;
  if (sticky && (mode & constants.S_IFMT) === FOLDER && (mode & STICKY) !== 0) return false;
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "EROFS");
  }
  return true;
}

/** Whether a user is outside this user namespace, such as the owner of files mounted into a container. */
function isUnmapped(uid: number): boolean {
  if (uid !== UNMAPPED) return false;
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));
  } catch {
    return false;
  }
}
