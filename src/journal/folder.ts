import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder that only this user can enter, and those above it, as far as they are not there. Node's own `recursive` never
 * comes to an end below `/proc`, where the folder above is there and makes none.
 * @throws what the system says
 */
export function makeFolder(path: string): void {
  const above = dirname(path);
  const isThere = (folder: string): boolean => statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere(path)) return;
  // Where a file is in the way, the system says so.
  if (above !== path && statSync(above, { throwIfNoEntry: false }) === undefined) makeFolder(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isThere(path)) throw error; // another process may have created it just now
  }
}
