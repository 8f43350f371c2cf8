/** Roles of users; each role includes those before it. */
export const roles = ["viewer", "responder", "admin"] as const;
export type Role = (typeof roles)[number];

export interface User {
  readonly name: string;
  readonly role: Role;
}

/** Why a session is not valid, as in error responses: its time is over, the user signed out, or it was never or is no longer accepted. */
export type SessionEnd = "session_expired" | "signed_out" | "session_revoked";

/** The users of the page. */
export interface Users {
  /** The user of a token. Tokens are compared in constant time. */
  withToken(token: string): User | undefined;
  /** Creates a session cookie for a user. */
  sign(user: User, now: number): string;
  /**
   * Creates a session cookie for a user of the OpenID Connect provider, who is not in the users file.
   * @param end end of the session, in milliseconds since the epoch
   */
  signOpenId(user: User, end: number): string;
  /**
   * The user of a session cookie; undefined if the cookie is forged, expired or revoked, or if the user was removed or
   * has a new token. For users of the OpenID Connect provider: also if the configuration of their roles has changed.
   */
  withCookie(cookie: string, now: number): User | undefined;
  /** Why a session cookie has no user. */
  endOf(cookie: string, now: number): SessionEnd;
  /** Revokes the session of a cookie, including copies of the cookie, until the process exits. */
  forget(cookie: string, now: number): void;
  /** The CSRF token of a session cookie. */
  csrf(cookie: string): string;
}

/** Lifetime of a session in milliseconds. */
export const SESSION = 12 * 3_600_000;

export function isAtLeast(user: User | undefined, role: Role): boolean {
  return user !== undefined && roles.indexOf(user.role) >= roles.indexOf(role);
}
