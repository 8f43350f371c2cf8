import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { statSync } from "node:fs";
import { currentUsers, emptyUsers } from "./current-users.ts";
import { type Role, roles, SESSION, type SessionEnd, type User, type Users } from "./user.ts";
import { userChanges, withNewToken } from "./user-changes.ts";
import { checkName } from "./user-name.ts";
import { UsersError } from "./users-error.ts";
import { type Changed, changeUsersFile, readUsers, type UsersFile } from "./users-file.ts";

/** Maximum number of revoked sessions in memory. */
const MOST_ENDED = 10_000;
/** Milliseconds for which commands wait for another process that changes the file. */
const WAIT = 5000;

/**
 * Opens the users file. If it does not exist, creates it with a user `admin`.
 * @param policy digest of the settings for users of the OpenID Connect provider; undefined if there is none
 * @param problem called with the reason if the file cannot be read after a change
 * @returns the users, and the token of the created user
 * @throws Error with a message for the user
 */
export function openUsers(
  file: string,
  policy?: string,
  problem: (reason: string) => void = () => {},
): { readonly users: Users; readonly token: string | undefined } {
  const token = statSync(file, { throwIfNoEntry: false }) === undefined ? createFile(file) : undefined;
  const { content: current, publish } = currentUsers(file, problem);
  /** Revoked cookies with their expiry. */
  const ended = new Map<string, number>();

  /** The user of a session cookie, or the reason why the session is not valid. */
  function examine(cookie: string, now: number): User | SessionEnd {
    const [payload = "", mac = "", ...more] = cookie.split(".");
    const { name, end, role } = claimOf(payload);
    const { key, users: all } = current();
    const known = all.find((one) => one.name === name);
    const user = role === undefined ? known : { name, role };
    const owner = role === undefined ? known?.token : `oidc ${policy}`;
    const isOurs = isEqual(mac, seal(key, `${owner} ${payload}`)) && (role === undefined || policy !== undefined);
    if (!isOurs || user === undefined || more.length > 0) return "session_revoked";
    if (ended.has(cookie)) return "signed_out";
    return end > now ? { name: user.name, role: user.role } : "session_expired";
  }

  const users: Users = {
    ...userChanges(file, publish),
    withToken(shown) {
      const digest = sha256(shown);
      const found = current().users.filter(({ token: known }) => timingSafeEqual(Buffer.from(known, "hex"), digest));
      return found[0];
    },
    sign({ name }, now) {
      const body = Buffer.from(JSON.stringify([name, now + SESSION, randomBytes(9).toString("base64url")]));
      const payload = body.toString("base64url");
      const user = current().users.find((one) => one.name === name);
      return `${payload}.${seal(current().key, `${user?.token} ${payload}`)}`;
    },
    signOpenId({ name, role }, end) {
      const body = Buffer.from(JSON.stringify([name, end, randomBytes(9).toString("base64url"), role]));
      const payload = body.toString("base64url");
      return `${payload}.${seal(current().key, `oidc ${policy} ${payload}`)}`;
    },
    withCookie(cookie, now) {
      const found = examine(cookie, now);
      return typeof found === "string" ? undefined : found;
    },
    endOf(cookie, now) {
      const found = examine(cookie, now);
      return typeof found === "string" ? found : "session_revoked";
    },
    forget(cookie, now) {
      if (ended.size >= MOST_ENDED) for (const [known, end] of ended) if (end <= now) ended.delete(known);
      if (ended.size >= MOST_ENDED) for (const oldest of ended.keys()) if (ended.delete(oldest)) break;
      ended.set(cookie, now + SESSION);
    },
    csrf: (cookie) => seal(current().key, `csrf ${cookie}`),
  };
  return { users, token };
}

/** Compares two strings in constant time. */
export function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

/** The users in the file, without their secrets. @throws Error with a message for the user */
export function listUsers(file: string): readonly User[] {
  return readUsers(file).users.map(({ name, role }) => ({ name, role }));
}

/**
 * Adds a user, or replaces the token and role of an existing one.
 * @returns the token; only its hash is stored
 * @throws Error with a message for the user
 */
export function addUser(file: string, name: string, role: Role): string {
  checkName(name);
  return changeUsersFile(file, (content = emptyUsers()) => withToken(content, { name, role }), WAIT).result;
}

/** Replaces the token of a user and ends the user's sessions. @returns the token @throws Error with a message for the user */
export function renewUser(file: string, name: string): string {
  return changeUser(file, name, withToken);
}

/** Removes a user and ends the user's sessions. @throws Error with a message for the user */
export function removeUser(file: string, name: string): void {
  changeUser(file, name, (content) => ({
    content: { ...content, users: content.users.filter((one) => one.name !== name) },
    result: undefined,
  }));
}

/** @throws Error with a message for the user, for example if there is no user with this name */
function changeUser<T>(file: string, name: string, change: (content: UsersFile, user: User) => Changed<T>): T {
  readUsers(file); // states the reason if there is no file, before a lock is created
  const changeKnown = (content = emptyUsers()): Changed<T> => {
    const user = content.users.find((one) => one.name === name);
    if (user === undefined) throw new UsersError("unknown_user", `User "${name}" not found in ${file}.`);
    return change(content, user);
  };
  return changeUsersFile(file, changeKnown, WAIT).result;
}

/** Creates the file with a user `admin`. @returns the token; undefined if another process has just created the file */
function createFile(file: string): string | undefined {
  const create = (content: UsersFile | undefined): Changed<string | undefined> =>
    content === undefined ? withToken(emptyUsers(), { name: "admin", role: "admin" }) : { content, result: undefined };
  return changeUsersFile(file, create, WAIT).result;
}

function withToken(content: UsersFile, user: User): Changed<string> {
  const { users, result } = withNewToken(content.users, user);
  return { content: { ...content, users }, result };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

function seal(key: string, text: string): string {
  return createHmac("sha256", Buffer.from(key, "hex")).update(text, "utf8").digest("base64url");
}

/**
 * The unverified content of a session cookie. Only cookies of users of the OpenID Connect provider contain the role.
 */
interface Claim {
  readonly name: string;
  readonly end: number;
  readonly role?: Role;
}

function claimOf(payload: string): Claim {
  try {
    const claim: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (Array.isArray(claim) && typeof claim[0] === "string" && typeof claim[1] === "number") {
      const role = roles.find((one) => one === claim[3]);
      return { name: claim[0], end: claim[1], ...(role !== undefined && { role }) };
    }
  } catch {
    // The cookie was not created by this server.
  }
  return { name: "", end: 0 };
}
