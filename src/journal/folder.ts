import { closeSync, constants, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a directory and its missing parents, accessible only to this user. Does not use Node's option `recursive`,
 * which loops forever below `/proc`, where directories cannot be created.
 * @throws file system errors
 */
export function makeFolder(path: string): void {
  const above = dirname(path);
  const isThere = (folder: string): boolean => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere(path)) return;
  // If there is a file at the path, mkdir fails.
  if (above !== path && statSync(above, { throwIfNoEntry: false }) === undefined) makeFolder(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isThere(path)) throw error; // another process may have created the directory
  }
}

/**
 * Makes renames in a directory durable, so that they are not lost in a power failure. Not all file systems support
 * this.
 */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // the files themselves have been written
  }
}
