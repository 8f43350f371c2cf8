import { arm64Calls } from "./native/arm64.ts";
import { ia32Calls } from "./native/ia32.ts";
import { x64Calls } from "./native/x64.ts";
import { tableRows } from "./rows.ts";
import { syscallNames } from "./syscall-names.ts";

/** Names of system calls by ID; `""` for unused IDs. ID 0 is `unknown`. */
export const syscallName: readonly string[] = syscallNames
  .trim()
  .split(/\s+/)
  .map((name) => (name === "-" ? "" : name));

/** IDs of system calls by name. */
export const syscallId: ReadonlyMap<string, number> = new Map(
  syscallName.map((name, id): [string, number] => [name, id]).filter(([name]) => name !== ""),
);

/** Upper limit of native system call numbers on all architectures (exclusive). */
export const NATIVE_CALLS = 512;

/**
 * IDs of system calls, indexed by native number; 0 for unused numbers. There is one table each for x86-64, arm64, and
 * 32-bit programs on x86-64.
 */
export const nativeX64: Uint16Array = nativeTable(x64Calls);
export const nativeArm64: Uint16Array = nativeTable(arm64Calls);
export const nativeIa32: Uint16Array = nativeTable(ia32Calls);

function nativeTable(text: string): Uint16Array {
  const ids = new Uint16Array(NATIVE_CALLS);
  for (const row of tableRows(text)) {
    const [first, names = ""] = row.split(": ");
    let number = Number(first);
    for (const name of names.split(" ")) ids[number++] = name === "-" ? 0 : (syscallId.get(name) ?? 0);
  }
  return ids;
}
