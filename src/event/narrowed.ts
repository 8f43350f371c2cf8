import { syscallId } from "./syscalls.ts";

/** Calls that a source can report in part. Such a selection has an id of its own, which is that of the call and a bit. */

/** Bits of narrowed ids, `CODE_ONLY` and `DNS_ONLY` of probe/record.h; ids of calls are smaller. */
const [CODE_ONLY, DNS_ONLY] = [0x4000, 0x2000];

const ids = (names: string): readonly number[] => names.split(" ").flatMap((name) => syscallId.get(name) ?? []);

/** Calls of which only those can be reported that make a file executable that is in memory or unlinked. */
export const codeCalls: readonly number[] = ids("mmap mprotect pkey_mprotect");

/** Calls of which only those can be reported that transfer data to or from a DNS server. */
export const dnsCalls: readonly number[] = ids(
  "read readv recv recvfrom recvmsg recvmmsg write writev send sendto sendmsg sendmmsg",
);

/** The id of the call that an id is a part of; the same for whole calls. */
export function wholeCall(id: number): number {
  return id & ~(CODE_ONLY | DNS_ONLY);
}

/** The id for the part of {@link codeCalls}. */
export function codeOnly(id: number): number {
  return id | CODE_ONLY;
}

/** The id for the part of {@link dnsCalls}. */
export function dnsOnly(id: number): number {
  return id | DNS_ONLY;
}

/** The ids for parts of a call. */
export function partsOf(id: number): number[] {
  return [...(codeCalls.includes(id) ? [codeOnly(id)] : []), ...(dnsCalls.includes(id) ? [dnsOnly(id)] : [])];
}
