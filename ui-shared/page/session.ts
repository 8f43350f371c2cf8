import { signal } from "@preact/signals";
import type { SignInFailure } from "../../src/api/openid/sign-in-error.ts";
import type { Role, SessionEnd } from "../../src/api/user.ts";
import { api } from "../api/client.ts";
import { ApiError, continueWith, session, sessionEnd } from "../api/request.ts";

export { session, sessionEnd } from "../api/request.ts";

const RANKS: Readonly<Record<Role, number>> = { viewer: 0, responder: 1, admin: 2 };

/** Whether the user has this role or a more privileged role. */
export function hasRole(role: Role): boolean {
  const own = session.value?.role;
  return own !== undefined && RANKS[own] >= RANKS[role];
}

const FAILURES: Readonly<Record<SignInFailure, string>> = {
  denied: "The provider did not sign you in.",
  expired: "The sign-in timed out or was started in another browser. Try again.",
  unavailable: "The provider is not responding. Try again later, or sign in with a token.",
  invalid: "The provider sent an invalid response. See the audit log for the reason.",
  no_user: "The provider did not return a valid user name. See the audit log for the reason.",
  no_role: "You have no role in Eyas. Ask an administrator for access.",
};

const ENDS: Readonly<Record<SessionEnd, string>> = {
  session_expired: "Your session has expired.",
  signed_out: "You have signed out in another tab or window.",
  session_revoked:
    "Your session is no longer valid: your user was removed or has a new token, or the settings for signing in have changed.",
};

/** Describes why the session ended. Without a cookie, the server cannot determine the reason. */
export function endText(code: string): string {
  if (Object.hasOwn(ENDS, code)) return ENDS[code as SessionEnd];
  return "Your session has ended: you have signed out in another tab or window, or it has expired.";
}

/**
 * The reason why the user must sign in: the last sign-in with OpenID Connect failed, or the session ended; otherwise
 * empty.
 */
export const signInFailure = signal("");

/** Takes the reason in `?sign-in=` from the URL, where the server states it. Unknown reasons are ignored. */
export function takeFailureFromAddress(): void {
  const url = new URL(window.location.href);
  const reason = url.searchParams.get("sign-in");
  if (reason === null) return;
  url.searchParams.delete("sign-in");
  window.history.replaceState(window.history.state, "", url.pathname + url.search + url.hash);
  if (Object.hasOwn(FAILURES, reason)) signInFailure.value = FAILURES[reason as SignInFailure];
}

/** Signs in with the token in `#token=` and removes it from the URL; without a valid token, restores the session. */
export async function takeTokenFromAddress(): Promise<void> {
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token");
  if (token !== null) {
    window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
    if ((await signIn(token)) === undefined) return;
  }
  try {
    session.value = await api.session();
  } catch (error) {
    if (error instanceof ApiError && Object.hasOwn(ENDS, error.code) && signInFailure.peek() === "")
      signInFailure.value = endText(error.code);
    session.value = null;
  }
}

/** Signs in. Resolves with an error message on failure. */
export async function signIn(token: string): Promise<string | undefined> {
  try {
    continueWith(await api.signIn(token.trim()));
    signInFailure.value = "";
    return undefined;
  } catch (error) {
    if (sessionEnd.peek() === undefined) session.value = null;
    if (!(error instanceof ApiError)) throw error;
    return error.status === 401 ? "Invalid token." : error.message;
  }
}

/** Signs out. Resolves with an error message if the session may still be valid. */
export async function signOut(): Promise<string | undefined> {
  try {
    await api.signOut();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status !== 401) return error.message;
  }
  session.value = null;
  sessionEnd.value = undefined;
  return undefined;
}

/** Continues if the user has signed in again in another tab. */
export async function continueFromOtherTab(): Promise<void> {
  try {
    continueWith(await api.session());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
