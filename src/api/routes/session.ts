import { limitRate } from "../../server/rate.ts";
import { named, object, text } from "../json-schema.ts";
import type { Parts } from "../parts.ts";
import { Refusal } from "../refusal.ts";
import type { Answer, Route } from "../route.ts";
import { cookieOf, dropCookie, setCookie } from "../session.ts";
import type { User } from "../users.ts";

/** Tokens that a client may show in a second. */
const TRIES = 5;

/** Signing in and out. */
export function sessionRoutes({ users, store, secure }: Parts): readonly Route[] {
  const tries = limitRate(TRIES);
  const answer = (user: User, cookie: string, fresh: boolean): Answer => ({
    json: { user: user.name, role: user.role, csrf: users.csrf(cookie) },
    ...(fresh && { headers: { "set-cookie": setCookie(cookie, secure) } }),
  });
  return [
    {
      method: "POST",
      path: "/session",
      role: undefined,
      about: "Signs in with a token; sets the cookie of a session.",
      body: object({ token: text("", { maxLength: 200 }) }),
      answer: named("Session"),
      async take({ body, address }) {
        const wait = tries.ask(address);
        if (wait > 0)
          throw new Refusal(429, "too_many_tries", "So many tries are too many; wait a moment.", {
            "retry-after": `${wait}`,
          });
        const user = users.withToken(String(body.token));
        if (user === undefined) {
          await store.record({ user: "", address, action: "sign-in refused" });
          throw new Refusal(401, "wrong_token", "This token is nobody's.");
        }
        await store.record({ user: user.name, address, action: "sign-in" });
        return answer(user, users.sign(user, Date.now()), true);
      },
    },
    {
      method: "GET",
      path: "/session",
      role: "viewer",
      about: "Who is signed in.",
      answer: named("Session"),
      take: ({ user, request }) => answer(user, cookieOf(request) ?? "", false),
    },
    {
      method: "DELETE",
      path: "/session",
      role: "viewer",
      about: "Signs out.",
      answer: named("Done"),
      async take({ user, address }) {
        await store.record({ user: user.name, address, action: "sign-out" });
        return { json: { done: true }, headers: { "set-cookie": dropCookie(secure) } };
      },
    },
  ];
}
