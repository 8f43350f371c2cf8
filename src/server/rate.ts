import { isIPv6 } from "node:net";

/** Limits the requests of each client. */
export interface RateLimit {
  /** Counts a request. @returns 0, or seconds until the next one is accepted */
  delay(address: string): number;
}

/** Clients that are counted at once; the least recent one is dropped for another. */
const REMEMBERED = 4096;

/**
 * A token bucket per client: so many requests a second, and as many in a burst.
 * @param now milliseconds
 */
export function limitRate(perSecond: number, now: () => number = () => performance.now()): RateLimit {
  const known = new Map<string, { left: number; at: number }>();
  return {
    delay(address) {
      const client = clientOf(address);
      const time = now();
      const one = known.get(client) ?? { left: perSecond, at: time };
      known.delete(client);
      if (known.size >= REMEMBERED) for (const oldest of known.keys()) if (known.delete(oldest)) break;
      known.set(client, one);
      one.left = Math.min(Math.max(1, perSecond), one.left + ((time - one.at) * perSecond) / 1000);
      one.at = time;
      if (one.left < 1) return Math.ceil((1 - one.left) / perSecond);
      one.left--;
      return 0;
    },
  };
}

/** The client of an address: all of a /64 of IPv6 is one, since a machine may use any address there. */
function clientOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [before = "", after] = address.split("::");
  const groups = before.split(":");
  const behind = after === undefined || after === "" ? 0 : after.split(":").length;
  while (after !== undefined && groups.length + behind < 8) groups.push("0");
  return groups.slice(0, 4).join(":");
}
