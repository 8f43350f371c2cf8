import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Suffixes of the files of a database. */
export const suffixes = ["", "-wal", "-shm"] as const;

/** Maximum number of damaged files that are kept, in addition to older files that are still needed. */
const MAX_COPIES = 3;

/** Renames the files of a database. @returns the new path of the database */
export function setAside(file: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, "").slice(0, 15);
  let aside = `${file}.damaged-${stamp}`;
  for (let i = 2; existsSync(aside); i++) aside = `${file}.damaged-${stamp}-${i}`;
  for (const suffix of suffixes) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  return aside;
}

/**
 * Deletes damaged files that were set aside, except the newest three. More files may be deleted because of the size
 * limit.
 * @param isNeeded whether a file still contains data that was not recovered
 */
export function deleteOldCopies(file: string, isNeeded: (aside: string) => boolean): void {
  const folder = dirname(file);
  const prefix = `${basename(file)}.damaged-`;
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  const copies = [...new Set(names.map((name) => join(folder, name.replace(/-(?:wal|shm)$/, ""))))].sort();
  for (const path of copies.slice(0, -MAX_COPIES))
    if (!isNeeded(path)) for (const suffix of suffixes) rmSync(path + suffix, { recursive: true, force: true });
}
