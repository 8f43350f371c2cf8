import { createHmac, randomBytes } from "node:crypto";
import { isEqual } from "../users.ts";

/** Maximum time from the start of a sign-in to the response of the provider, in milliseconds. */
export const ATTEMPT_LIFETIME = 600_000;
/** Maximum number of stored states of sign-ins that have ended. */
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
  /** Ends a sign-in. @returns false if the sign-in had already ended */
  end(attempt: Attempt, now: number): boolean;
}

/**
 * Sign-ins in progress. They are not stored, because clients that have not signed in can begin any number of sign-ins.
 * Instead, the cookie of a sign-in contains the values that cannot be derived. A key authenticates the cookie; it is
 * discarded when the page closes.
 */
export function openAttempts(): Attempts {
  const key = randomBytes(32);
  /** States of sign-ins that have ended, with their expiry times. */
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
      // The authentication code proves that `begin` wrote the payload.
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
