import { readFileSync } from "node:fs";

/** Type of the auxiliary vector entry that contains the page size (include/uapi/linux/auxvec.h). */
const AT_PAGESZ = 6n;

/** Page size of this machine, in bytes. */
export function pageSize(): number {
  const vector = readFileSync("/proc/self/auxv");
  for (let at = 0; at + 16 <= vector.length; at += 16)
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  throw new Error("/proc/self/auxv has no page size.");
}
