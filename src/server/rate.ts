import { isIPv6 } from "node:net";

/** A rate limit per client. */
export interface RateLimit {
  /** Counts a request. @returns 0 if it is accepted, otherwise the seconds until the next request is accepted */
  delay(address: string): number;
}

/** Maximum number of tracked clients. The least recently active one is evicted. */
const REMEMBERED = 4096;

/**
 * A token bucket per client, with `perSecond` as rate and burst (at least 1).
 * @param now milliseconds
 */
export function limitRate(perSecond: number, now: () => number = () => performance.now()): RateLimit {
  const known = new Map<string, { left: number; at: number }>();
  const burst = Math.max(1, perSecond);
  return {
    delay(address) {
      const client = clientOf(address);
      const time = now();
      const one = known.get(client) ?? { left: burst, at: time };
      known.delete(client);
      if (known.size >= REMEMBERED) for (const oldest of known.keys()) if (known.delete(oldest)) break;
      known.set(client, one);
      one.left = Math.min(burst, one.left + ((time - one.at) * perSecond) / 1000);
      one.at = time;
      if (one.left < 1) return Math.ceil((1 - one.left) / perSecond);
      one.left--;
      return 0;
    },
  };
}

/**
 * Returns the key of the client that uses an address. All addresses of an IPv6 /64 network count as one client, since
 * one machine can use all of them.
 */
export function clientOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [before = "", after] = plain.split("::");
  const groups = before.split(":");
  const behind = after === undefined || after === "" ? 0 : after.split(":").length;
  while (after !== undefined && groups.length + behind < 8) groups.push("0");
  return groups.slice(0, 4).join(":");
}

/** An address without the prefix of IPv4 addresses on dual-stack sockets. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
