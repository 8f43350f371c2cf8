import { limitRate } from "../server/rate.ts";
import type { SignIns } from "./dependencies.ts";

/**
 * Number of wrong tokens per second per client that are rejected with status 401. Additional wrong tokens are rejected
 * with status 429.
 */
const REFUSED = 5;
/** Minimum interval between audit entries about rejected attempts of a client, in milliseconds. */
const QUIET = 60_000;
/** Maximum number of tracked clients. */
const REMEMBERED = 1000;

export function openSignIns(): SignIns {
  const refused = limitRate(REFUSED);
  const news = limitRate(1);
  const logged = new Map<string, number>();
  return {
    refuse: (address) => refused.delay(address),
    isNews(address) {
      const now = performance.now();
      for (const [known, time] of logged) if (now - time > QUIET || logged.size > REMEMBERED) logged.delete(known);
      if (logged.has(address) || news.delay("all") > 0) return false;
      logged.set(address, now);
      return true;
    },
  };
}
