import { syscallId } from "./syscalls.ts";

/**
 * Narrowed IDs select a subset of the events of a system call. A narrowed ID is the ID of the call combined with a bit
 * for the subset.
 */

/** Bits of narrowed IDs, as in probe/record.h. IDs of calls do not use these bits. */
const [CODE_ONLY, DNS_ONLY] = [0x4000, 0x2000];

const ids = (names: string): readonly number[] => names.split(" ").flatMap((name) => syscallId.get(name) ?? []);

/** IDs of calls that can be restricted to calls that map an in-memory or unlinked file as executable memory. */
export const codeCalls: readonly number[] = ids("mmap mprotect pkey_mprotect");

/** IDs of calls that can be restricted to calls that transfer data to or from a DNS server. */
export const dnsCalls: readonly number[] = ids(
  "read readv recv recvfrom recvmsg recvmmsg write writev send sendto sendmsg sendmmsg",
);

/** Returns the ID of the call to which a narrowed ID belongs. Other IDs are returned unchanged. */
export function wholeCall(id: number): number {
  return id & ~(CODE_ONLY | DNS_ONLY);
}

/** Returns the narrowed ID of a call in {@link codeCalls}. */
export function codeOnly(id: number): number {
  return id | CODE_ONLY;
}

/** Returns the narrowed ID of a call in {@link dnsCalls}. */
export function dnsOnly(id: number): number {
  return id | DNS_ONLY;
}

/** Returns all narrowed IDs of a call. */
export function partsOf(id: number): number[] {
  return [...(codeCalls.includes(id) ? [codeOnly(id)] : []), ...(dnsCalls.includes(id) ? [dnsOnly(id)] : [])];
}
