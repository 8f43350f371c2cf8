import { createHash } from "node:crypto";
import { requireTrusted } from "../../server/file-trust.ts";
import { excerpt, readSecret } from "../../transport/text.ts";
import type { OpenId, SignInResult } from "../dependencies.ts";
import { BASE } from "../route.ts";
import { CALLBACK } from "../routes/sign-in.ts";
import { roles, SESSION } from "../user.ts";
import { isEqual } from "../users.ts";
import { ATTEMPT_LIFETIME, openAttempts } from "./attempt.ts";
import { userOf } from "./claims.ts";
import { openProvider } from "./provider.ts";
import { returnPath } from "./return-path.ts";
import type { OpenIdSettings } from "./settings.ts";
import { SignInError } from "./sign-in-error.ts";

/** Maximum number of concurrent requests for tokens. */
const MAX_ACTIVE = 16;
const SHORTEST_SESSION = 60_000;
/** Maximum length of the subject in the audit log, in characters, as in the specification. */
const LONGEST_SUBJECT = 255;

/**
 * Prepares signing in with an OpenID Connect provider. Sends no request, so the provider need not be reachable yet.
 * @throws Error with a message for the user if the settings are invalid
 */
export function openOpenId(settings: OpenIdSettings): OpenId {
  check(settings);
  const attempts = openAttempts();
  const provider = openProvider(settings, settings.public_url + BASE + CALLBACK);
  let active = 0;

  async function signIn(parameters: URLSearchParams, cookie: string | undefined, now: number): Promise<SignInResult> {
    const attempt = cookie === undefined ? undefined : attempts.find(cookie, now);
    if (attempt === undefined) throw new SignInError("expired", "no sign-in is in progress in this browser");
    const to = returnPath(attempt.to);
    try {
      if (!isEqual(parameters.get("state") ?? "", attempt.state))
        throw new SignInError("expired", "the response belongs to another sign-in (state)");
      if (!attempts.end(attempt, now)) throw new SignInError("expired", "the response was used before (state)");
      const claims = await provider.claims(parameters, attempt);
      return {
        user: userOf(claims, settings),
        subject: excerpt(String(claims.sub), LONGEST_SUBJECT),
        end: now + settings.session_duration,
        to,
      };
    } catch (error) {
      if (error instanceof SignInError) return { failure: error, to };
      throw error;
    }
  }

  return {
    name: settings.name === "" ? new URL(settings.issuer).hostname : settings.name,
    origin: settings.public_url,
    secure: settings.public_url.startsWith("https:"),
    async begin(to, now) {
      const attempt = attempts.begin(returnPath(to), now);
      const seconds = ATTEMPT_LIFETIME / 1000;
      return { location: (await provider.authorizationUrl(attempt)).href, cookie: attempt.cookie, seconds };
    },
    async finish(parameters, cookie, now) {
      if (active >= MAX_ACTIVE) return { failure: new SignInError("unavailable", "too many sign-ins"), to: "/" };
      active++;
      try {
        return await signIn(parameters, cookie, now);
      } catch (error) {
        if (error instanceof SignInError) return { failure: error, to: "/" };
        throw error;
      } finally {
        active--;
      }
    },
  };
}

/**
 * A digest of the settings that determine who users are and which roles they have. Sessions end when the digest
 * changes.
 */
export function policyOf(settings: OpenIdSettings): string {
  const { issuer, client_id, user_claim, roles_claim, default_role } = settings;
  const granted = roles.map((role) => settings.roles[role]);
  const text = JSON.stringify([issuer, client_id, user_claim, roles_claim, granted, default_role]);
  return createHash("sha256").update(text).digest("hex");
}

/** @throws Error with a message for the user */
function check(settings: OpenIdSettings): void {
  const { client_id, client_secret, client_secret_file: file, public_url, default_role, ca_cert } = settings;
  const wrong = (problem: string): Error => new Error(`web_page.oidc: ${problem}.`);
  if (public_url === "") throw wrong("set web_page.public_url, the address to which the provider returns users");
  if (client_id === "") throw wrong("set client_id, the name of Eyas at the provider");
  if (client_secret !== "" && file !== "") throw wrong("set client_secret or client_secret_file, not both");
  if (default_role === "none" && roles.every((role) => settings.roles[role].length === 0))
    throw wrong("no user could sign in; set roles.viewer, roles.responder or roles.admin, or default_role");
  const { session_duration: duration } = settings;
  if (duration < SHORTEST_SESSION || duration > SESSION) throw wrong("session_duration must be from 1m to 12h");
  for (const [path, key] of [
    [file, "client_secret_file"],
    [ca_cert, "ca_cert"],
  ] as const) {
    if (path === "") continue;
    requireTrusted(path, `web_page.oidc.${key}`);
    try {
      readSecret(path);
    } catch (error) {
      throw wrong(`${key}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
