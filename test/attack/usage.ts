import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Returns the resident memory of a process, in bytes; 0 if it has ended. */
export function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Returns the total size of the files of a journal, in bytes. */
export function journalSize(journal: string): number {
  return readdirSync(dirname(journal))
    .filter((name) => name.startsWith(basename(journal)))
    .reduce((sum, name) => sum + (statSync(join(dirname(journal), name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
