/** Returns the text form of an address of 4 or 16 bytes. IPv6 addresses have their shortest form (RFC 5952). */
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
  // As in inet_ntop(3), IPv4-mapped addresses and IPv4-compatible addresses with more than two bytes end in IPv4 form.
  if (zeros.from === 0 && (zeros.length === 6 || (zeros.length === 5 && groups[5] === 0xffff))) {
    return `${zeros.length === 6 ? "::" : "::ffff:"}${ipv4Text(bytes, 12)}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (zeros.length < 2) return hex.join(":");
  return `${hex.slice(0, zeros.from).join(":")}::${hex.slice(zeros.from + zeros.length).join(":")}`;
}

/** Returns the longest sequence of zero groups; the first sequence if several have the same length. */
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

/** Whether an IPv6 address is an IPv4-mapped address or the unspecified address, which is treated as IPv4-mapped. */
export function isMappedIpv4(address: string): boolean {
  if (!address.startsWith("\0\0\0\0\0\0\0\0\0\0")) return false;
  const tail = address.slice(10);
  return tail.startsWith("\xff\xff") || tail === "\0\0\0\0\0\0";
}

/**
 * Parses an address in text form, such as `10.0.0.1`, `::ffff:10.0.0.1` or `fe80::1%eth0`, to its 4 or 16 bytes.
 * Returns undefined if the address is invalid.
 */
export function addressOf(text: string): string | undefined {
  if (text.length > MAX_TEXT) return undefined;
  return text.includes(":") ? ipv6Of(text) : ipv4Of(text);
}

/** Maximum length of an address in text form, including a zone. */
const MAX_TEXT = 64;

function ipv4Of(text: string): string | undefined {
  let bytes = "";
  let octet = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (octet < 0) return undefined;
      bytes += String.fromCharCode(octet);
      octet = -1;
    } else if (code >= ZERO && code <= ZERO + 9) {
      octet = (octet < 0 ? 0 : octet * 10) + code - ZERO;
      if (octet > 255) return undefined;
    } else {
      return undefined;
    }
  }
  return bytes.length === 4 ? bytes : undefined;
}

const DOT = 46;
const ZERO = 48;
const GROUP = /^[0-9a-fA-F]{1,4}$/;

function ipv6Of(text: string): string | undefined {
  const percent = text.indexOf("%");
  const address = percent < 0 ? text : text.slice(0, percent);
  const halves = address.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupBytes);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - tail.length;
  return missing >= 2 ? head + "\0".repeat(missing) + tail : undefined;
}

/** Returns the bytes of groups separated by colons. The last group can be an IPv4 address. */
function groupBytes(text: string): string | undefined {
  if (text === "") return "";
  const groups = text.split(":");
  const last = groups.length - 1;
  let bytes = "";
  for (let i = 0; i <= last; i++) {
    const group = groups[i]!;
    if (i === last && group.includes(".")) {
      const four = ipv4Of(group);
      if (four === undefined) return undefined;
      return bytes + four;
    }
    if (!GROUP.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes += String.fromCharCode(value >> 8, value & 255);
  }
  return bytes;
}
