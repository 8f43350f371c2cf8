/** An address of 4 or 16 bytes as people write it; IPv6 in the shortest form (RFC 5952). */
export function addressText(address: string): string {
  return address.length === 4 ? ipv4Text(address, 0) : ipv6Text(address);
}

function ipv4Text(bytes: string, at: number): string {
  return `${bytes.charCodeAt(at)}.${bytes.charCodeAt(at + 1)}.${bytes.charCodeAt(at + 2)}.${bytes.charCodeAt(at + 3)}`;
}

function ipv6Text(bytes: string): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes.charCodeAt(i) << 8) | bytes.charCodeAt(i + 1));
  const zeros = longestZeros(groups);
  // As inet_ntop does: mapped addresses, and compatible ones that have more than two bytes set, end in IPv4 form.
  if (zeros.from === 0 && (zeros.length === 6 || (zeros.length === 5 && groups[5] === 0xffff))) {
    return `${zeros.length === 6 ? "::" : "::ffff:"}${ipv4Text(bytes, 12)}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (zeros.length < 2) return hex.join(":");
  return `${hex.slice(0, zeros.from).join(":")}::${hex.slice(zeros.from + zeros.length).join(":")}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let best = { from: -1, length: 0 };
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > best.length) best = { from: i, length: end - i };
    if (end > i) i = end;
  }
  return best;
}

/** True for IPv4 addresses in IPv6 form, and for the unspecified address, which is taken for one. */
export function isMappedIpv4(address: string): boolean {
  if (!address.startsWith("\0\0\0\0\0\0\0\0\0\0")) return false;
  const tail = address.slice(10);
  return tail.startsWith("\xff\xff") || tail === "\0\0\0\0\0\0";
}
