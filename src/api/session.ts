import type { IncomingMessage } from "node:http";
import { SESSION } from "./users.ts";

/** The cookie that holds a session. */
export const COOKIE = "eyas_session";

/** The session that a request shows. */
export function cookieOf({ headers }: IncomingMessage): string | undefined {
  for (const each of (headers.cookie ?? "").split(";")) {
    const [name, value] = each.trim().split("=", 2);
    if (name === COOKIE && value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** What sets the cookie: scripts can't read it, and other places' pages can't send it. */
export function setCookie(value: string, secure: boolean): string {
  const parts = [`${COOKIE}=${value}`, "Path=/", "HttpOnly", "SameSite=Strict", `Max-Age=${SESSION / 1000}`];
  return [...parts, ...(secure ? ["Secure"] : [])].join("; ");
}

/** What takes the cookie away. */
export function dropCookie(secure: boolean): string {
  return [`${COOKIE}=`, "Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=0", ...(secure ? ["Secure"] : [])].join("; ");
}
