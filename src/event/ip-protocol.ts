/** Names of IP protocols, as in rules and most tools, by number. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, "icmp"],
  [2, "igmp"],
  [4, "ipip"],
  [6, "tcp"],
  [8, "egp"],
  [17, "udp"],
  [33, "dccp"],
  [41, "ipv6"],
  [46, "rsvp"],
  [47, "gre"],
  [50, "esp"],
  [51, "ah"],
  [58, "icmp6"],
  [88, "eigrp"],
  [89, "ospf"],
  [103, "pim"],
  [112, "vrrp"],
  [115, "l2tp"],
  [132, "sctp"],
  [136, "udplite"],
]);

/** Numbers of IP protocols by name, including alternative names. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...[...NAMES].map(([number, name]) => [name, number] as const),
  ["ipv6-icmp", 58],
  ["icmpv6", 58],
  ["ip-encap", 4],
  ["ipencap", 4],
  ["ospfigp", 89],
]);

/** Returns the name of a protocol, such as `tcp`; the number as text if the protocol has no name. */
export function protocolName(number: number): string {
  return NAMES.get(number) ?? String(number);
}

/** Returns the number of a protocol, given by its name in any case, or by its number as text. */
export function protocolNumber(text: string): number | undefined {
  const known = NUMBERS.get(text) ?? NUMBERS.get(text.toLowerCase());
  if (known !== undefined) return known;
  return /^[0-9]{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}
