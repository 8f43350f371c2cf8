import { readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

/** The files of damaged journals that were set aside. Their size counts towards the size limit. */
export interface Copies {
  /** Total size of the copies after the last call of `remove`, in bytes. */
  readonly bytes: number;
  /**
   * Deletes the oldest copies until the total size of the remaining ones is at most `most` bytes. Keeps copies that are
   * not fully recovered.
   */
  remove(most: number): void;
}

/**
 * Prefix of the names in the table `state` that mark copies whose alerts are not fully recovered. The value is the
 * sequence number up to which alerts may still be recovered.
 */
export const UNFINISHED = "recovering ";

export function openCopies(db: DatabaseSync, file: string): Copies {
  const prefix = `${basename(file)}.damaged-`;
  const unfinished = db.prepare("SELECT substr(name, ?1) AS stamp FROM state WHERE substr(name, 1, ?1 - 1) = ?2");
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    remove(most) {
      const paths = readdirSync(dirname(file))
        .filter((name) => name.startsWith(prefix))
        .sort();
      bytes = paths.reduce((sum, name) => sum + sizeOf(join(dirname(file), name)), 0);
      if (bytes <= most) return;
      const needed = unfinished.all(UNFINISHED.length + 1, UNFINISHED).map(({ stamp }) => `${prefix}${stamp}`);
      for (const name of paths) {
        if (bytes <= most) return;
        if (needed.some((one) => name === one || name.startsWith(`${one}-`))) continue;
        bytes -= sizeOf(join(dirname(file), name));
        rmSync(join(dirname(file), name), { force: true, recursive: true });
      }
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
