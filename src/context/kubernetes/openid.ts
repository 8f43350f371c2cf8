import { ask } from "../http.ts";

/** What a kubeconfig states of an OpenID provider. */
export interface OpenIdSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly idToken: string;
  /** The authority of the provider's certificate as PEM; undefined: those of the system. */
  readonly ca: Buffer | undefined;
}

/** A token, and until when it counts: milliseconds since the epoch. */
export interface OpenIdToken {
  readonly token: string;
  readonly until: number;
  /** What the next one is got with. */
  readonly refreshToken: string;
}

/** Milliseconds for an answer, and before its end in which a token is no longer used. */
const TIMEOUT = 10_000;
const AHEAD = 10_000;

/**
 * The token that is stated, or where that has ended another from the provider.
 * @throws Error with one sentence, in which there is nothing secret
 */
export async function openIdToken(settings: OpenIdSettings): Promise<OpenIdToken> {
  const { idToken, refreshToken, issuer } = settings;
  const stated = tokenFrom(idToken, refreshToken);
  if (stated !== undefined && Date.now() < stated.until) return stated;
  if (refreshToken === "" || !issuer.startsWith("https:"))
    throw new Error("its OpenID token has ended, and nothing is there to get another with");
  const fresh = await renew(settings);
  if (fresh === undefined) throw new Error("the OpenID provider gave no token");
  return fresh;
}

async function renew(settings: OpenIdSettings): Promise<OpenIdToken | undefined> {
  const { issuer, clientId, clientSecret, refreshToken, ca } = settings;
  const how = { timeout: TIMEOUT, ...(ca && { tls: { ca: ca.toString() } }) };
  try {
    const about = await ask(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, how);
    const endpoint = factOf(about.body, "token_endpoint");
    if (!endpoint.startsWith("https:")) return undefined;
    const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId };
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const answer = await ask(endpoint, {
      ...how,
      method: "POST",
      body: new URLSearchParams(form).toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(clientSecret !== "" && { authorization: `Basic ${Buffer.from(pair).toString("base64")}` }),
      },
    });
    return tokenFrom(factOf(answer.body, "id_token"), factOf(answer.body, "refresh_token") || refreshToken);
  } catch {
    return undefined; // what went wrong may say what was sent
  }
}

/** What a token says of its end; undefined where it is none. */
function tokenFrom(token: string, refreshToken: string): OpenIdToken | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1], "base64url").toString());
    const end = typeof claims === "object" && claims !== null && "exp" in claims ? Number(claims.exp) : Number.NaN;
    return Number.isFinite(end) ? { token, until: end * 1000 - AHEAD, refreshToken } : undefined;
  } catch {
    return undefined;
  }
}

function factOf(body: Buffer, name: string): string {
  const facts: unknown = JSON.parse(body.toString());
  const value = typeof facts === "object" && facts !== null ? new Map(Object.entries(facts)).get(name) : undefined;
  return typeof value === "string" ? value : "";
}
