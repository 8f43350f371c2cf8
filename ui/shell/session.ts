import type { Role } from "../../src/api/user.ts";
import { api } from "../api/client.ts";
import { ApiError, session } from "../api/request.ts";

export { session } from "../api/request.ts";

const RANKS: Readonly<Record<Role, number>> = { viewer: 0, responder: 1, admin: 2 };

/** Whether the user has this role or a more privileged role. */
export function hasRole(role: Role): boolean {
  const own = session.value?.role;
  return own !== undefined && RANKS[own] >= RANKS[role];
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
  } catch {
    session.value = null;
  }
}

/** Signs in. Resolves with an error message on failure. */
export async function signIn(token: string): Promise<string | undefined> {
  try {
    session.value = await api.signIn(token.trim());
    return undefined;
  } catch (error) {
    session.value = null;
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
  return undefined;
}
