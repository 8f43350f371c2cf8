import { ApiError } from "../api-error.ts";
import { route } from "../route.ts";
import { object, shortText } from "../schema.ts";
import { Done } from "../schemas/common.ts";
import { Session } from "../schemas/session.ts";
import { cookieOf, dropCookie, setCookie } from "../session.ts";

export const signIn = route({
  method: "POST",
  path: "/session",
  role: undefined,
  about: "Signs in with a token and sets a session cookie.",
  body: object({ token: shortText(200) }),
  answer: Session,
  async take({ body, address }, { users, store, secure, signIns }) {
    const user = users.withToken(body.token);
    if (user === undefined) {
      const wait = signIns.refuse(address);
      if (wait > 0)
        throw new ApiError(429, "too_many_tries", "Too many attempts; try again later.", {
          "retry-after": `${wait}`,
        });
      if (signIns.isNews(address)) await store.addAuditEntry({ user: "", address, action: "sign-in rejected" });
      throw new ApiError(401, "wrong_token", "Unknown token.");
    }
    await store.addAuditEntry({ user: user.name, address, action: "sign-in" });
    const cookie = users.sign(user, Date.now());
    return {
      json: { user: user.name, role: user.role, csrf: users.csrf(cookie) },
      headers: { "set-cookie": setCookie(cookie, secure) },
    };
  },
});

export const showSession = route({
  method: "GET",
  path: "/session",
  role: "viewer",
  about: "Returns the signed-in user.",
  answer: Session,
  take: ({ user, headers }, { users }) => ({
    json: { user: user.name, role: user.role, csrf: users.csrf(cookieOf(headers) ?? "") },
  }),
});

export const signOut = route({
  method: "DELETE",
  path: "/session",
  role: "viewer",
  about: "Signs out.",
  answer: Done,
  async take({ user, address, headers }, { users, store, secure }) {
    const cookie = cookieOf(headers);
    if (cookie !== undefined) users.forget(cookie, Date.now());
    // The session has ended even if the audit entry cannot be written.
    await store.addAuditEntry({ user: user.name, address, action: "sign-out" }).catch(() => {});
    return { json: { done: true }, headers: { "set-cookie": dropCookie(secure) } };
  },
});
