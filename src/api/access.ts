import type { IncomingMessage } from "node:http";
import { limitRate } from "../server/rate.ts";
import { ApiError } from "./api-error.ts";
import type { Route } from "./route.ts";
import { cookieOf } from "./session.ts";
import { isAtLeast, type SessionEnd, type User, type Users } from "./user.ts";
import { isEqual } from "./users.ts";

/**
 * Number of wrong tokens per second per client that are rejected with status 401. Additional wrong tokens are rejected
 * with status 429.
 */
const TRIES = 5;

const NOBODY: User = { name: "", role: "viewer" };

/** Authenticates requests and checks the user's role for a route. */
export interface Access {
  /** Returns the user of a request. @throws ApiError if the user may not use the route */
  userFor(request: IncomingMessage, route: Route, address: string): User;
  /** Whether the user of a request still has the role that the route requires. */
  isAuthorized(request: IncomingMessage, route: Route): boolean;
}

export function accessOf(users: Users): Access {
  const tries = limitRate(TRIES);

  /** The user of a request's token or session. */
  function userOf({ headers }: IncomingMessage): User | undefined {
    const bearer = bearerOf(headers.authorization);
    if (bearer !== undefined) return users.withToken(bearer);
    const cookie = cookieOf(headers);
    return cookie === undefined ? undefined : users.withCookie(cookie, Date.now());
  }

  /** @throws ApiError if the client sends too many wrong tokens */
  function countWrongToken(address: string): void {
    const wait = tries.delay(address);
    if (wait > 0)
      throw new ApiError(429, "too_many_tries", "Too many requests with an invalid token; try again later.", {
        "retry-after": `${wait}`,
      });
  }

  /** Checks the CSRF token, which is required for changes with a session cookie. @throws ApiError */
  function checkCsrf({ headers }: IncomingMessage): void {
    const shown = headers["x-eyas-csrf"];
    if (typeof shown !== "string" || !isEqual(shown, users.csrf(cookieOf(headers) ?? "")))
      throw new ApiError(403, "csrf", "The header x-eyas-csrf must have the value from GET /api/v1/session.");
  }

  return {
    userFor(request, { method, role }, address) {
      if (role === undefined) return NOBODY;
      const hasToken = bearerOf(request.headers.authorization) !== undefined;
      const user = userOf(request);
      if (user === undefined) {
        if (hasToken) countWrongToken(address);
        const cookie = hasToken ? undefined : cookieOf(request.headers);
        throw cookie === undefined ? notSignedIn() : sessionEnded(users.endOf(cookie, Date.now()));
      }
      if (!hasToken && method !== "GET") checkCsrf(request);
      if (!isAtLeast(user, role))
        throw new ApiError(
          403,
          "role",
          `This request requires the role ${role}; ${user.name} has the role ${user.role}.`,
        );
      return user;
    },
    isAuthorized: (request, { role }) => role === undefined || isAtLeast(userOf(request), role),
  };
}

function notSignedIn(): ApiError {
  const how =
    "Authentication is required: sign in with POST /api/v1/session, or send the header Authorization: Bearer TOKEN.";
  return new ApiError(401, "not_signed_in", how, { "www-authenticate": "Bearer" });
}

const ENDS: Readonly<Record<SessionEnd, string>> = {
  session_expired: "The session has expired.",
  signed_out: "The session has ended, because the user signed out.",
  session_revoked:
    "The session is not valid: the user was removed or has a new token, or the settings for signing in have changed.",
};

function sessionEnded(end: SessionEnd): ApiError {
  return new ApiError(401, end, `${ENDS[end]} Sign in again.`, { "www-authenticate": "Bearer" });
}

function bearerOf(authorization = ""): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization)?.[1];
}
