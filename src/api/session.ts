import { SESSION } from "./user.ts";

/** The name of the session cookie. */
export const COOKIE = "eyas_session";

/** The value of a request's session cookie; undefined if there is none. */
export function cookieOf(headers: { readonly cookie?: string | undefined }): string | undefined {
  for (const each of (headers.cookie ?? "").split(";")) {
    const [name, value] = each.trim().split("=", 2);
    if (name === COOKIE && value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** The Set-Cookie header. Scripts cannot read the cookie, and cross-site requests do not send it. */
export function setCookie(value: string, secure: boolean): string {
  const parts = [`${COOKIE}=${value}`, "Path=/", "HttpOnly", "SameSite=Strict", `Max-Age=${SESSION / 1000}`];
  return [...parts, ...(secure ? ["Secure"] : [])].join("; ");
}

/** The Set-Cookie header that deletes the cookie. */
export function dropCookie(secure: boolean): string {
  return [`${COOKIE}=`, "Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=0", ...(secure ? ["Secure"] : [])].join("; ");
}
