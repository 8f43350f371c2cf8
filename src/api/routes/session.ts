import { limitRate } from "../../server/rate.ts";
import { named, object, text } from "../json-schema.ts";
import type { Parts } from "../parts.ts";
import { Refusal } from "../refusal.ts";
import type { Answer, Route } from "../route.ts";
import { cookieOf, dropCookie, setCookie } from "../session.ts";
import type { User } from "../users.ts";

/** Tokens that a client may show in a second. */
const TRIES = 5;

/** Milliseconds after a refusal was written down in which others of the same client are not; clients that are remembered. */
const QUIET = 60_000;
const REMEMBERED = 1000;

/** Signing in and out. */
export function sessionRoutes({ users, store, secure }: Parts): readonly Route[] {
  const tries = limitRate(TRIES);
  const notes = limitRate(1);
  const noted = new Map<string, number>();

  /** Whether a refusal is written down: so few of them that they don't push out what people did. */
  function isNews(address: string): boolean {
    const now = performance.now();
    for (const [known, time] of noted) if (now - time > QUIET || noted.size > REMEMBERED) noted.delete(known);
    if (noted.has(address) || notes.ask("all") > 0) return false;
    noted.set(address, now);
    return true;
  }

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
          if (isNews(address)) await store.record({ user: "", address, action: "sign-in refused" });
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
      async take({ user, address, request }) {
        const cookie = cookieOf(request);
        if (cookie !== undefined) users.forget(cookie, Date.now());
        await store.record({ user: user.name, address, action: "sign-out" });
        return { json: { done: true }, headers: { "set-cookie": dropCookie(secure) } };
      },
    },
  ];
}
