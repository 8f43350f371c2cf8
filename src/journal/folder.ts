import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a folder and missing parents, accessible by this user only. Node's option `recursive` loops forever below
 * `/proc`, where the parent exists but cannot hold new folders.
 * @throws errors of the file system
 */
export function makeFolder(path: string): void {
  const above = dirname(path);
  const isThere = (folder: string): boolean => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere(path)) return;
  // If a file exists at the path, mkdir fails.
  if (above !== path && statSync(above, { throwIfNoEntry: false }) === undefined) makeFolder(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isThere(path)) throw error; // another process may have created it meanwhile
  }
}
