import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../journal/folder.ts";
import { requireTrusted } from "../server/file-trust.ts";
import { isObject } from "./object.ts";
import { type Role, roles, SESSION, type SessionEnd, type User, type Users } from "./user.ts";

/** A user in the file; only a hash of the token is stored. */
interface KnownUser extends User {
  /** SHA-256 in hex. Tokens are 256 random bits, so no slow hash is needed. */
  readonly token: string;
}

interface UsersFile {
  /** The key that signs sessions, in hex. */
  readonly key: string;
  readonly users: readonly KnownUser[];
}

/** Maximum number of revoked sessions in memory. */
const MOST_ENDED = 10_000;
/** Milliseconds between checks for changes to the file. */
const CHECK_INTERVAL = 500;
const NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/i;

/**
 * Opens the users file. If it does not exist, creates it with a user `admin`.
 * @param policy digest of the settings for users of the OpenID Connect provider; undefined if there is none
 * @returns the users, and the token of the created user
 * @throws Error with a message for the user
 */
export function openUsers(
  file: string,
  policy?: string,
): { readonly users: Users; readonly token: string | undefined } {
  const token = statSync(file, { throwIfNoEntry: false }) === undefined ? addUser(file, "admin", "admin") : undefined;
  let content = read(file);
  let changed = stamp(file);
  let checked = performance.now();
  /** Revoked cookies with their expiry. */
  const ended = new Map<string, number>();

  function current(): UsersFile {
    if (performance.now() - checked < CHECK_INTERVAL) return content;
    checked = performance.now();
    const now = stamp(file);
    if (now === changed) return content;
    try {
      content = read(file);
      changed = now;
    } catch {
      // The file may be partly written. The previous users apply until it can be read.
    }
    return content;
  }

  /** The user of a session cookie, or why there is none. */
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
  return read(file).users.map(({ name, role }) => ({ name, role }));
}

/**
 * Adds a user, or replaces the token and role of an existing one.
 * @returns the token; only its hash is stored
 * @throws Error with a message for the user
 */
export function addUser(file: string, name: string, role: Role): string {
  if (!NAME.test(name))
    throw new Error(
      `"${name}" is not a valid user name: it must start with a letter or a digit, and contain at most 64 characters (A-Z, a-z, 0-9, ".", "_", "@", "-").`,
    );
  const exists = statSync(file, { throwIfNoEntry: false }) !== undefined;
  const { key, users } = exists ? read(file) : { key: randomBytes(32).toString("hex"), users: [] };
  const token = randomBytes(32).toString("base64url");
  const user = { name, role, token: sha256(token).toString("hex") };
  write(file, { key, users: [...users.filter((one) => one.name !== name), user] });
  return token;
}

/** Removes a user and ends the user's sessions. @throws Error with a message for the user */
export function removeUser(file: string, name: string): void {
  const { key, users } = read(file);
  if (!users.some((one) => one.name === name)) throw new Error(`User "${name}" not found in ${file}.`);
  write(file, { key, users: users.filter((one) => one.name !== name) });
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

function seal(key: string, text: string): string {
  return createHmac("sha256", Buffer.from(key, "hex")).update(text, "utf8").digest("base64url");
}

/** What a cookie states, not verified. Only cookies of users of the OpenID Connect provider state the role. */
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
    // not a cookie of this server
  }
  return { name: "", end: 0 };
}

function stamp(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.mtimeMs} ${found.size} ${found.ino}`;
}

function read(file: string): UsersFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the users of the web page from ${file}: ${reason}.`);
  }
  if ((statSync(file).mode & 0o022) !== 0)
    throw new Error(`${file} is writable by other users, who could become admins; run chmod go-w ${file}.`);
  requireTrusted(file, "web_page.users_file");
  if (!isUsersFile(content)) throw new Error(`${file} is not a valid users file (web_page.users_file).`);
  return content;
}

function isUsersFile(value: unknown): value is UsersFile {
  if (!isObject(value) || typeof value.key !== "string" || !/^[0-9a-f]{64}$/.test(value.key)) return false;
  return Array.isArray(value.users) && value.users.every(isKnownUser);
}

function isKnownUser(value: unknown): value is KnownUser {
  return (
    isObject(value) &&
    typeof value.name === "string" &&
    roles.some((role) => role === value.role) &&
    typeof value.token === "string" &&
    /^[0-9a-f]{64}$/.test(value.token)
  );
}

/** Writes the file atomically, readable by its owner only. */
function write(file: string, content: UsersFile): void {
  makeFolder(dirname(file));
  const fresh = `${file}.${process.pid}`;
  rmSync(fresh, { force: true }); // removes a link that another user may have created
  writeFileSync(fresh, `${JSON.stringify(content, null, 1)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(fresh, file);
}
