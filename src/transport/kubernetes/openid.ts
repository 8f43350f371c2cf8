import { lifeOf } from "../http/jwt.ts";
import { type HttpRequest, type HttpResponse, sendRequest } from "../http/send.ts";
import { jsonOf, textAt } from "../json.ts";

/** An OpenID provider, from a kubeconfig. */
export interface OpenIdSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly idToken: string;
  /** CA certificate of the provider in PEM; undefined: the CAs of the system. */
  readonly ca: Buffer | undefined;
}

/** A token, and the time until which it is used, in milliseconds since the epoch. */
export interface OpenIdToken {
  readonly token: string;
  readonly until: number;
  /** Token for the next renewal. */
  readonly refreshToken: string;
}

/** Timeout of a request, and time before expiry at which a token is no longer used, in milliseconds. */
const TIMEOUT = 10_000;
const AHEAD = 10_000;

/**
 * Returns the token in the settings, or requests a new token if it has expired.
 * @throws Error with a message for the user; it contains no secrets
 */
export async function openIdToken(settings: OpenIdSettings): Promise<OpenIdToken> {
  const { idToken, refreshToken, issuer } = settings;
  const stated = tokenFrom(idToken, refreshToken);
  if (stated !== undefined && Date.now() < stated.until) return stated;
  if (refreshToken === "" || !issuer.startsWith("https:"))
    throw new Error(
      "the OpenID token has expired and cannot be refreshed: this requires a refresh token and an HTTPS issuer",
    );
  const fresh = await renew(settings);
  if (fresh === undefined) throw new Error("the OpenID provider returned no token");
  return fresh;
}

async function renew(settings: OpenIdSettings): Promise<OpenIdToken | undefined> {
  const { issuer, clientId, clientSecret, refreshToken, ca } = settings;
  const send = (address: string, more: Partial<HttpRequest>): Promise<HttpResponse> =>
    sendRequest(new URL(address), {
      signal: AbortSignal.timeout(TIMEOUT),
      mode: "whole",
      ...(ca && { tls: { ca } }),
      ...more,
    });
  try {
    const about = await send(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {});
    const endpoint = textAt(jsonOf(about.body), "token_endpoint");
    if (!endpoint.startsWith("https:")) return undefined;
    const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId };
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const answer = await send(endpoint, {
      method: "POST",
      body: new URLSearchParams(form).toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(clientSecret !== "" && { authorization: `Basic ${Buffer.from(pair).toString("base64")}` }),
      },
    });
    const json = jsonOf(answer.body);
    return tokenFrom(textAt(json, "id_token"), textAt(json, "refresh_token") || refreshToken);
  } catch {
    return undefined; // the error may contain the request with its secrets
  }
}

/** A token with its expiry; undefined if it has no expiry. */
function tokenFrom(token: string, refreshToken: string): OpenIdToken | undefined {
  const life = token.split(".").length === 3 ? lifeOf(token) : undefined;
  return life === undefined ? undefined : { token, until: Date.now() + life - AHEAD, refreshToken };
}
