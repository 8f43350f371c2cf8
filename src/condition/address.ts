/** Addresses and networks in rules. */

const IPV4 = /^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$/;

/** Parses an address. Returns its 4 or 16 bytes as a byte string; undefined if the address is invalid. */
export function parseAddress(text: string): string | undefined {
  return text.includes(".") ? parseIpv4(text) : parseIpv6(text);
}

/**
 * Parses a network `address/length`. Returns the bytes of the address, followed by one byte with the prefix length;
 * undefined if the network is invalid.
 */
export function parseNetwork(text: string): string | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const length = text.slice(slash + 1);
  if (!/^[0-9]{1,3}$/.test(length)) return undefined;
  const bits = Number(length);
  const address = text.includes(".") ? parseIpv4(text.slice(0, slash)) : parseIpv6(text.slice(0, slash));
  if (address === undefined) return undefined;
  if (address.length === 4 ? bits > 32 : bits === 0 || bits > 128) return undefined;
  return address + String.fromCharCode(bits);
}

function parseIpv4(text: string): string | undefined {
  const found = IPV4.exec(text);
  if (found === null) return undefined;
  const [a, b, c, d] = [Number(found[1]), Number(found[2]), Number(found[3]), Number(found[4])];
  return a > 255 || b > 255 || c > 255 || d > 255 ? undefined : String.fromCharCode(a, b, c, d);
}

function parseIpv6(text: string): string | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const groups = [...head, ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const missing = 8 - groups.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const whole = tail === undefined ? head : [...head, ...Array<string>(missing).fill("0"), ...tail];
  return whole.map((group) => String.fromCharCode(parseInt(group, 16) >> 8, parseInt(group, 16) & 255)).join("");
}

/** Returns a function that tests whether an address (4 or 16 bytes) is in a network from {@link parseNetwork}. */
export function networkTest(network: string): (address: string) => boolean {
  const size = network.length - 1;
  const bits = network.charCodeAt(size);
  const whole = bits >> 3;
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  const prefix = network.slice(0, whole);
  const rest = mask === 0 ? 0 : network.charCodeAt(whole) & mask;
  return (address) =>
    address.length === size &&
    address.startsWith(prefix) &&
    (mask === 0 || (address.charCodeAt(whole) & mask) === rest);
}

/** The first bits of an address. Equal for two addresses of the same size in the same network of `bits` bits. */
export function networkBits(address: string, bits: number): string {
  const whole = address.slice(0, bits >> 3);
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  return mask === 0 ? whole : whole + String.fromCharCode(address.charCodeAt(bits >> 3) & mask);
}

/** A key for networks with addresses of `size` bytes and prefixes of `bits` bits. */
export function networkKey(size: number, bits: number): number {
  return (size << 8) | bits;
}

/** Returns a function that tests whether an address is in one of many networks. */
export function networksTest(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 1) return networkTest(networks[0]!);
  const sizes = new Map<number, Set<string>>();
  for (const network of networks) {
    const size = network.length - 1;
    const bits = network.charCodeAt(size);
    const key = networkKey(size, bits);
    const known = sizes.get(key) ?? new Set();
    sizes.set(key, known.add(networkBits(network, bits)));
  }
  const all = [...sizes];
  return (address) => {
    for (let i = 0; i < all.length; i++) {
      const [key, set] = all[i]!;
      if (key >> 8 === address.length && set.has(networkBits(address, key & 255))) return true;
    }
    return false;
  };
}
