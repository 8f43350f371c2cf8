import { syscallId } from "./syscalls.ts";

/**
 * Calls that a source can report in part: only those that make a file executable that is in memory or unlinked. Such a
 * selection has an id of its own.
 */
export const codeCalls: readonly number[] = ["mmap", "mprotect", "pkey_mprotect"].flatMap(
  (name) => syscallId.get(name) ?? [],
);

/** `CODE_ONLY` of probe/record.h; ids of calls are smaller. */
const CODE_ONLY = 0x4000;

/** The id of the call that an id is a part of; the same for whole calls. */
export function wholeCall(id: number): number {
  return id & ~CODE_ONLY;
}

/** The id for that part of a call. */
export function codeOnly(id: number): number {
  return id | CODE_ONLY;
}
