import { ApiError, badRequest, notFound } from "../api-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { type Call, route } from "../route.ts";
import { object, oneOf, shortText } from "../schema.ts";
import { Done } from "../schemas/common.ts";
import { NewToken, UserListing } from "../schemas/user.ts";
import { cookieOf, setCookie } from "../session.ts";
import { roles } from "../user.ts";
import { checkName, MOST_NAME } from "../user-name.ts";
import { UsersError, type UsersFailure } from "../users-error.ts";

type Caller = Pick<Call, "user" | "address" | "isAuthorized">;

export const listUsers = route({
  method: "GET",
  path: "/users",
  role: "admin",
  about: "Lists the users in the users file. Users of an OpenID Connect provider are not known before they sign in.",
  answer: UserListing,
  async take(_, { users, openId }) {
    const { users: known, file, obstacle: reason } = await orApiError(async () => users.list());
    const obstacle = reason === undefined ? null : { reason, file };
    return { json: { users: [...known], obstacle, provider: openId?.name ?? null } };
  },
});

export const addUser = route({
  method: "POST",
  path: "/users",
  role: "admin",
  about: "Adds a user and returns the token, of which only a hash is stored.",
  body: object({ name: shortText(MOST_NAME), role: oneOf(roles) }),
  answer: NewToken,
  async take({ body: { name, role }, ...caller }, parts) {
    await orApiError(async () => checkName(name));
    const entry = { action: "add user", target: name, detail: `role ${role}` };
    const token = await changed(caller, entry, parts, () => parts.users.add({ name, role }, caller.isAuthorized));
    return { json: { token } };
  },
});

export const setUserRole = route({
  method: "POST",
  path: "/users/{name}/role",
  role: "admin",
  about:
    "Changes the role of a user. Sessions of the user continue with the new role. The last admin cannot be demoted.",
  body: object({ role: oneOf(roles) }),
  answer: Done,
  async take({ path: { name }, body: { role }, ...caller }, parts) {
    await requireKnown(name, parts);
    const entry = { action: "change role", target: name, detail: `role ${role}` };
    await changed(caller, entry, parts, () => parts.users.setRole({ name, role }, caller.isAuthorized));
    return { json: { done: true } };
  },
});

export const renewToken = route({
  method: "POST",
  path: "/users/{name}/token",
  role: "admin",
  about:
    "Replaces the token of a user and ends the user's sessions. If the user requests this with a session, the response sets a new session cookie.",
  answer: NewToken,
  async take({ path: { name }, headers, ...caller }, parts) {
    const { users, secure } = parts;
    await requireKnown(name, parts);
    const cookie = cookieOf(headers);
    const owner = cookie === undefined ? undefined : users.withCookie(cookie, Date.now())?.name;
    const continues = name === caller.user.name && name === owner;
    const entry = { action: "renew token", target: name };
    const token = await changed(caller, entry, parts, () => users.renew(name, caller.isAuthorized));
    return {
      json: { token },
      ...(continues && { headers: { "set-cookie": setCookie(users.sign(caller.user, Date.now()), secure) } }),
    };
  },
});

export const removeUser = route({
  method: "DELETE",
  path: "/users/{name}",
  role: "admin",
  about: "Removes a user and ends the user's sessions. The last admin cannot be removed.",
  answer: Done,
  async take({ path: { name }, ...caller }, parts) {
    await requireKnown(name, parts);
    const entry = { action: "remove user", target: name };
    await changed(caller, entry, parts, () => parts.users.remove(name, caller.isAuthorized));
    return { json: { done: true } };
  },
});

/**
 * Writes an entry of the audit log and makes a change. If the change fails, a second entry states the reason.
 * @throws ApiError if the entry cannot be written; the change is then not made
 */
async function changed<T>(
  { user, address }: Caller,
  about: { readonly action: string; readonly target: string; readonly detail?: string },
  { store }: Pick<Dependencies, "store">,
  change: () => Promise<T>,
): Promise<T> {
  const entry = { user: user.name, address, ...about };
  await store.addAuditEntry(entry);
  try {
    return await orApiError(change);
  } catch (error) {
    const detail = error instanceof ApiError ? error.message : "internal error";
    await store.addAuditEntry({ ...entry, action: `${entry.action} failed`, detail }).catch(() => {});
    throw error;
  }
}

/** @throws ApiError before an audit entry is written */
async function requireKnown(name: string, { users }: Pick<Dependencies, "users">): Promise<void> {
  const { users: known } = await orApiError(async () => users.list());
  if (!known.some((one) => one.name === name)) throw notFound("User not found.");
}

const ERRORS: Readonly<Record<UsersFailure, (message: string) => ApiError>> = {
  invalid_name: (message) => badRequest(message, "invalid_name"),
  unknown_user: notFound,
  user_exists: (message) => new ApiError(409, "user_exists", message),
  last_admin: (message) => new ApiError(409, "last_admin", message),
  too_many_users: (message) => new ApiError(409, "too_many_users", message),
  not_authorized: (message) => new ApiError(403, "role", message),
  busy: (message) => new ApiError(503, "users_file_busy", message, { "retry-after": "2" }),
  file: (message) => new ApiError(503, "users_file", message),
};

/** @throws ApiError */
async function orApiError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof UsersError ? ERRORS[error.failure](error.message) : error;
  }
}
