import { notFound } from "../api-error.ts";
import type { Dependencies, OpenId } from "../dependencies.ts";
import { SignInError } from "../openid/sign-in-error.ts";
import { type Answer, type Media, route } from "../route.ts";
import { object, optional, shortText, text } from "../schema.ts";
import { SignInMethods } from "../schemas/session.ts";
import { cookieNamed, dropSignInCookie, setCookie, setSignInCookie, signInCookie } from "../session.ts";

/** Path of the route to which the provider returns users. */
export const CALLBACK = "/sign-in/oidc/callback";

const redirection: Media = { mediaType: "text/plain", about: "A redirection.", status: 303 };

/** Maximum length of a parameter from the provider, in characters. */
const LONGEST = 4096;

export const showSignInMethods = route({
  method: "GET",
  path: "/sign-in",
  role: undefined,
  about: "Returns the methods with which users can sign in, in addition to tokens.",
  answer: SignInMethods,
  take: (_, { openId }) => ({
    json: { oidc: openId === undefined ? null : { name: openId.name, origin: openId.origin } },
  }),
});

export const beginOpenIdSignIn = route({
  method: "GET",
  path: "/sign-in/oidc",
  role: undefined,
  about: "Redirects the user to the OpenID Connect provider (`web_page.oidc`).",
  query: object({ to: optional(text("Path and query of the page to which the user returns.")) }),
  answer: redirection,
  async take({ query, address }, parts) {
    const openId = configured(parts);
    try {
      const { location, cookie, seconds } = await openId.begin(query.to ?? "/", Date.now());
      return redirect(location, [setSignInCookie(cookie, seconds, openId.secure)]);
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      return await rejection(error, "/", address, parts);
    }
  },
});

export const finishOpenIdSignIn = route({
  method: "GET",
  path: CALLBACK,
  role: undefined,
  about:
    "Signs in the user who returns from the OpenID Connect provider, sets a session cookie, and redirects to the web UI.",
  query: object({
    code: optional(shortText(LONGEST)),
    state: optional(shortText(LONGEST)),
    iss: optional(shortText(LONGEST)),
    error: optional(shortText(LONGEST)),
  }),
  fromProvider: true,
  answer: redirection,
  async take({ query, address, headers }, parts) {
    const openId = configured(parts);
    const { users, store } = parts;
    const cookie = cookieNamed(headers, signInCookie(openId.secure));
    const now = Date.now();
    const result = await openId.finish(new URLSearchParams({ ...query }), cookie, now);
    const dropped = dropSignInCookie(openId.secure);
    if ("failure" in result) return await rejection(result.failure, result.to, address, parts, [dropped]);
    const { user, subject, end, to } = result;
    const detail = `OpenID Connect, role ${user.role}, subject ${subject}`;
    await store.addAuditEntry({ user: user.name, address, action: "sign-in", detail });
    const session = users.signOpenId(user, end);
    const seconds = Math.floor((end - now) / 1000);
    return redirect(to, [setCookie(session, parts.secure || openId.secure, seconds), dropped]);
  },
});

/** @throws ApiError if there is no provider */
function configured({ openId }: Dependencies): OpenId {
  if (openId === undefined) throw notFound("OpenID Connect is not configured (web_page.oidc).");
  return openId;
}

/** Redirects the user to the page, which shows the reason of the failure, and writes the reason to the audit log. */
async function rejection(
  { failure, message }: SignInError,
  to: string,
  address: string,
  { store, signIns }: Dependencies,
  cookies: string[] = [],
): Promise<Answer<Media>> {
  if (signIns.isNews(address))
    await store.addAuditEntry({ user: "", address, action: "sign-in rejected", detail: `OpenID Connect: ${message}` });
  return redirect(`${to}${to.includes("?") ? "&" : "?"}sign-in=${failure}`, cookies);
}

function redirect(location: string, cookies: string[]): Answer<Media> {
  const headers = { location, ...(cookies.length > 0 && { "set-cookie": cookies }) };
  return { type: "text/plain; charset=utf-8", bytes: new Uint8Array(), status: 303, headers };
}
