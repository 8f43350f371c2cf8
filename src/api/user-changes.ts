// Changes to the users, for the command line and the page.
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { ListedUser, User, UserChanges } from "./user.ts";
import { checkName, MOST_NAME } from "./user-name.ts";
import { UsersError } from "./users-error.ts";
import {
  type Changed,
  changeUsersFile,
  type KnownUser,
  readUsers,
  type UsersFile,
  writeObstacle,
} from "./users-file.ts";

/** Maximum number of users. Limited because the token in a request is compared with the tokens of all users. */
export const MOST_USERS = 1000;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** Number of attempts while another process changes the file, and milliseconds between attempts. */
const ATTEMPTS = 20;
const BETWEEN = 100;

/**
 * Changes to the users from the page, one at a time.
 * @param publish called with the content of the file before a change is checked and after the change was written
 */
export function userChanges(file: string, publish: (content: UsersFile) => void): UserChanges {
  async function change<T>(
    isAuthorized: () => boolean,
    edit: (users: readonly KnownUser[]) => { readonly users: readonly KnownUser[]; readonly result: T },
  ): Promise<T> {
    const { content, result } = await whenFree(() =>
      changeUsersFile(
        file,
        (before = noFile(file)) => {
          publish(before);
          if (!isAuthorized()) throw notAuthorized();
          const { users, result } = edit(before.users);
          return { content: { ...before, users }, result };
        },
        0,
      ),
    );
    publish(content);
    return result;
  }

  return {
    list() {
      const { users } = readable(file, publish);
      return { users: users.map(listed), file, obstacle: writeObstacle(file) };
    },
    add: (user, isAuthorized) =>
      change(isAuthorized, (users) => {
        checkName(user.name);
        if (users.some(({ name }) => name === user.name))
          throw new UsersError("user_exists", `The user "${user.name}" already exists.`);
        return withNewToken(users, user);
      }),
    setRole: ({ name, role }, isAuthorized) =>
      change(isAuthorized, (users) => {
        known(users, name);
        if (role !== "admin") requireOtherAdmin(users, name, "demoted");
        return { users: users.map((one) => (one.name === name ? { ...one, role } : one)), result: undefined };
      }),
    renew: (name, isAuthorized) => change(isAuthorized, (users) => withNewToken(users, known(users, name))),
    remove: (name, isAuthorized) =>
      change(isAuthorized, (users) => {
        known(users, name);
        requireOtherAdmin(users, name, "removed");
        return { users: users.filter((one) => one.name !== name), result: undefined };
      }),
  };
}

/**
 * The users with a user who has a new token. An existing user is replaced at the same position.
 * @returns the users and the token
 * @throws UsersError if there are too many users
 */
export function withNewToken(
  users: readonly KnownUser[],
  { name, role }: User,
): { readonly users: readonly KnownUser[]; readonly result: string } {
  const exists = users.some((one) => one.name === name);
  if (!exists && users.length >= MOST_USERS)
    throw new UsersError("too_many_users", `There are ${users.length} users; the maximum is ${MOST_USERS}.`);
  const result = randomBytes(32).toString("base64url");
  const token = createHash("sha256").update(result, "utf8").digest("hex");
  const user: KnownUser = { name, role, token, created: new Date().toISOString() };
  return { users: exists ? users.map((one) => (one.name === name ? user : one)) : [...users, user], result };
}

/** @throws UsersError */
function known(users: readonly KnownUser[], name: string): KnownUser {
  const user = users.find((one) => one.name === name);
  if (user === undefined) throw new UsersError("unknown_user", `User "${name.slice(0, MOST_NAME)}" not found.`);
  return user;
}

/**
 * Users of an OpenID Connect provider do not count, because the provider can revoke their role at any time.
 * @throws UsersError
 */
function requireOtherAdmin(users: readonly KnownUser[], name: string, change: string): void {
  const admins = users.filter(({ role }) => role === "admin");
  if (admins.length > 0 && admins.every((one) => one.name === name))
    throw new UsersError("last_admin", `"${name}" is the last admin with a token, and cannot be ${change}.`);
}

/** Repeats a change until no other process is changing the file, without blocking the page. @throws UsersError */
async function whenFree<T>(change: () => Changed<T>): Promise<Changed<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return change();
    } catch (error) {
      if (!(error instanceof UsersError) || error.failure !== "busy" || attempt === ATTEMPTS) throw error;
      await delay(BETWEEN);
    }
  }
}

/** @throws UsersError */
function readable(file: string, publish: (content: UsersFile) => void): UsersFile {
  try {
    const content = readUsers(file);
    publish(content);
    return content;
  } catch (error) {
    throw new UsersError("file", error instanceof Error ? error.message : String(error));
  }
}

function listed({ name, role, created }: KnownUser): ListedUser {
  return { name, role, ...(typeof created === "string" && TIME.test(created) && { created }) };
}

/**
 * The file existed when the page started. A removed file is not created again, because all users would be lost.
 * @throws UsersError
 */
function noFile(file: string): never {
  throw new UsersError("file", `${file} was removed.`);
}

const notAuthorized = (): UsersError =>
  new UsersError("not_authorized", "Your user was removed or no longer has the admin role.");
