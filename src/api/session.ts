import { SESSION } from "./user.ts";

/** The name of the session cookie. */
export const COOKIE = "eyas_session";

type Headers = { readonly cookie?: string | undefined };

/** The value of a request's session cookie; undefined if there is none. */
export function cookieOf(headers: Headers): string | undefined {
  return cookieNamed(headers, COOKIE);
}

/** The value of a request's cookie; undefined if there is none. */
export function cookieNamed(headers: Headers, wanted: string): string | undefined {
  for (const each of (headers.cookie ?? "").split(";")) {
    const [name, value] = each.trim().split("=", 2);
    if (name === wanted && value !== undefined && value !== "") return value;
  }
  return undefined;
}

/**
 * Seconds for which browsers keep the cookie of an expired session, so that the page can state that the session has
 * expired.
 */
const KEPT = 86_400;

/**
 * The Set-Cookie header. Scripts cannot read the cookie, and cross-site requests do not send it.
 * @param seconds lifetime of the session
 */
export function setCookie(value: string, secure: boolean, seconds = SESSION / 1000): string {
  return header(COOKIE, value, "Strict", seconds + KEPT, secure);
}

/** The Set-Cookie header that deletes the cookie. */
export function dropCookie(secure: boolean): string {
  return header(COOKIE, "", "Strict", 0, secure);
}

/**
 * The name of the cookie of a sign-in with OpenID Connect. With TLS, the prefix of the name prevents other hosts of the
 * same domain from setting the cookie.
 */
export function signInCookie(secure: boolean): string {
  return secure ? "__Host-eyas_sign_in" : "eyas_sign_in";
}

/**
 * The Set-Cookie header of a sign-in. Browsers also send the cookie when the provider redirects the user back to the
 * page.
 */
export function setSignInCookie(value: string, seconds: number, secure: boolean): string {
  return header(signInCookie(secure), value, "Lax", seconds, secure);
}

/** The Set-Cookie header that ends a sign-in. */
export function dropSignInCookie(secure: boolean): string {
  return header(signInCookie(secure), "", "Lax", 0, secure);
}

function header(name: string, value: string, site: "Strict" | "Lax", seconds: number, secure: boolean): string {
  const parts = [`${name}=${value}`, "Path=/", "HttpOnly", `SameSite=${site}`, `Max-Age=${seconds}`];
  return [...parts, ...(secure ? ["Secure"] : [])].join("; ");
}
