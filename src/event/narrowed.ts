import { syscallId } from "./syscalls.ts";

/**
 * IDs for a subset of the events of a system call. Such an ID is the ID of the call and a bit that selects the subset.
 */

/** Bits of narrowed IDs: `CODE_ONLY` and `DNS_ONLY` of probe/record.h. IDs of calls are smaller. */
const [CODE_ONLY, DNS_ONLY] = [0x4000, 0x2000];

const ids = (names: string): readonly number[] => names.split(" ").flatMap((name) => syscallId.get(name) ?? []);

/** Calls that can be restricted to those that make a file in memory or an unlinked file executable. */
export const codeCalls: readonly number[] = ids("mmap mprotect pkey_mprotect");

/** Calls that can be restricted to those that transfer data to or from a DNS server. */
export const dnsCalls: readonly number[] = ids(
  "read readv recv recvfrom recvmsg recvmmsg write writev send sendto sendmsg sendmmsg",
);

/** The ID of the call to which a narrowed ID belongs. IDs of whole calls are returned unchanged. */
export function wholeCall(id: number): number {
  return id & ~(CODE_ONLY | DNS_ONLY);
}

/** The narrowed ID of a call in {@link codeCalls}. */
export function codeOnly(id: number): number {
  return id | CODE_ONLY;
}

/** The narrowed ID of a call in {@link dnsCalls}. */
export function dnsOnly(id: number): number {
  return id | DNS_ONLY;
}

/** All narrowed IDs of a call. */
export function partsOf(id: number): number[] {
  return [...(codeCalls.includes(id) ? [codeOnly(id)] : []), ...(dnsCalls.includes(id) ? [dnsOnly(id)] : [])];
}
