import { createHmac, randomBytes } from "node:crypto";
import { isEqual } from "../users.ts";

/** Time from the start of a sign-in until its response, in milliseconds. */
export const ATTEMPT_LIFETIME = 600_000;
/** Maximum number of states that are known to be used. */
const MAX_USED = 10_000;

/** A sign-in from its start until the response of the provider. */
export interface Attempt {
  /** Value of the cookie that binds the sign-in to a browser. */
  readonly cookie: string;
  readonly state: string;
  readonly nonce: string;
  /** The code verifier of PKCE. */
  readonly verifier: string;
  /** Path and query of the page to which the user returns. */
  readonly to: string;
}

/** Sign-ins in progress. */
export interface Attempts {
  begin(to: string, now: number): Attempt;
  /** The sign-in of a cookie; undefined if the cookie is forged or expired. */
  find(cookie: string, now: number): Attempt | undefined;
  /** Whether a sign-in has not ended yet. It ends with the first call. */
  end(attempt: Attempt, now: number): boolean;
}

/**
 * Sign-ins in progress. Clients that have not signed in can begin any number of them, so they are not stored: a cookie
 * contains what cannot be derived, and a key, which is lost when the page closes, authenticates the cookie.
 */
export function openAttempts(): Attempts {
  const key = randomBytes(32);
  /** States that were used, with the time at which they expire. */
  const used = new Map<string, number>();
  const derive = (purpose: string, text: string): string =>
    createHmac("sha256", key).update(`${purpose} ${text}`, "utf8").digest("base64url");

  function attemptOf(payload: string, to: string): Attempt {
    return {
      cookie: `${payload}.${derive("cookie", payload)}`,
      state: derive("state", payload),
      nonce: derive("nonce", payload),
      verifier: derive("verifier", payload),
      to,
    };
  }

  return {
    begin(to, now) {
      const claim = JSON.stringify([now + ATTEMPT_LIFETIME, randomBytes(16).toString("base64url"), to]);
      return attemptOf(Buffer.from(claim).toString("base64url"), to);
    },
    find(cookie, now) {
      const [payload = "", mac = "", ...more] = cookie.split(".");
      if (more.length > 0 || !isEqual(mac, derive("cookie", payload))) return undefined;
      // written by `begin`, as the authentication code shows
      const [end, , to] = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as [number, string, string];
      return end > now ? attemptOf(payload, to) : undefined;
    },
    end({ state }, now) {
      if (used.has(state)) return false;
      if (used.size >= MAX_USED) for (const [known, end] of used) if (end <= now) used.delete(known);
      if (used.size >= MAX_USED) for (const oldest of used.keys()) if (used.delete(oldest)) break;
      used.set(state, now + ATTEMPT_LIFETIME);
      return true;
    },
  };
}
