/** Roles of users; each includes those before it. */
export const roles = ["viewer", "responder", "admin"] as const;
export type Role = (typeof roles)[number];

export interface User {
  readonly name: string;
  readonly role: Role;
}

/** The users of the page. */
export interface Users {
  /** The user with a token. Takes equally long for all wrong ones. */
  withToken(token: string): User | undefined;
  /** A session cookie for a user. */
  sign(user: User, now: number): string;
  /** The user of a session cookie; undefined where it is forged or expired, or the user has a new token. */
  withCookie(cookie: string, now: number): User | undefined;
  /** Ends the session of a cookie, copies of it too. Lasts as long as the program runs. */
  forget(cookie: string, now: number): void;
  /** The token that pages show beside the cookie (CSRF). */
  csrf(cookie: string): string;
}

/** Milliseconds that a session lasts. */
export const SESSION = 12 * 3_600_000;

export function isAtLeast(user: User | undefined, role: Role): boolean {
  return user !== undefined && roles.indexOf(user.role) >= roles.indexOf(role);
}
