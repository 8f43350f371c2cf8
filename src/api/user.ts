/** Roles of users. Each role includes the roles before it. */
export const roles = ["viewer", "responder", "admin"] as const;
export type Role = (typeof roles)[number];

export interface User {
  readonly name: string;
  readonly role: Role;
}

/**
 * The reason why a session is not valid, as in error responses: the session expired, the user signed out, or the
 * session was never or is no longer accepted.
 */
export type SessionEnd = "session_expired" | "signed_out" | "session_revoked";

/** A user in the list of users. */
export interface ListedUser extends User {
  /** Time when the token was created, in ISO 8601. Absent if the time is not known. */
  readonly created?: string;
}

/** The users in the file. */
export interface UserList {
  readonly users: readonly ListedUser[];
  readonly file: string;
  /** Reason why this process cannot change the file; undefined if the process can change the file. */
  readonly obstacle: string | undefined;
}

/**
 * Changes to the users in the file. Changes apply immediately. All methods reject with UsersError.
 * @param isAuthorized returns whether the user who requested the change is still authorized; called under the lock of
 * the file
 */
export interface UserChanges {
  list(): UserList;
  /** Adds a user. @returns the token; only its hash is stored */
  add(user: User, isAuthorized: () => boolean): Promise<string>;
  /** Changes the role of a user. Sessions of the user continue with the new role. */
  setRole(user: User, isAuthorized: () => boolean): Promise<void>;
  /** Replaces the token of a user, and ends the user's sessions. @returns the new token */
  renew(name: string, isAuthorized: () => boolean): Promise<string>;
  /** Removes a user, and ends the user's sessions. */
  remove(name: string, isAuthorized: () => boolean): Promise<void>;
}

/** The users of the web UI. */
export interface Users extends UserChanges {
  /** The user of a token. Tokens are compared in constant time. */
  withToken(token: string): User | undefined;
  /** Creates a session cookie for a user. */
  sign(user: User, now: number): string;
  /**
   * Creates a session cookie for a user of the OpenID Connect provider. These users are not in the users file.
   * @param end end of the session, in milliseconds since the epoch
   */
  signOpenId(user: User, end: number): string;
  /**
   * The user of a session cookie; undefined if the cookie is forged, expired or revoked, or if the user was removed or
   * has a new token. For users of the OpenID Connect provider, also undefined if the configuration of their roles has
   * changed.
   */
  withCookie(cookie: string, now: number): User | undefined;
  /** The reason why a session cookie has no user. */
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
