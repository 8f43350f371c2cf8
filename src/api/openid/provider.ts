import * as oauth from "oauth4webapi";
import { TransportError } from "../../transport/http/error.ts";
import { excerpt, readSecret } from "../../transport/text.ts";
import type { Attempt } from "./attempt.ts";
import { boundedFetch, isLoopbackUrl, isSecureUrl } from "./bounded-fetch.ts";
import { type Claims, claimAt } from "./claims.ts";
import type { OpenIdSettings } from "./settings.ts";
import { SignInError } from "./sign-in-error.ts";

/**
 * Time until the provider's metadata is read again, in milliseconds. The provider's keys are read again after 5
 * minutes.
 */
const METADATA_LIFETIME = 3_600_000;
/** Tolerated difference between the clocks, in seconds. */
const TOLERANCE = 30;

/** An OpenID Connect provider, used with the authorization code flow and PKCE. */
export interface Provider {
  /** The URL at which a user signs in. @throws SignInError */
  authorizationUrl(attempt: Attempt): Promise<URL>;
  /**
   * Exchanges the code in a response for an ID token, and verifies signature, issuer, audience, expiry and nonce.
   * @param parameters the query of the response
   * @throws SignInError
   */
  claims(parameters: URLSearchParams, attempt: Attempt): Promise<Claims>;
}

/** @param redirect URL to which the provider returns users */
export function openProvider(settings: OpenIdSettings, redirect: string): Provider {
  const issuer = new URL(settings.issuer);
  const isLocal = issuer.protocol === "http:" && isLoopbackUrl(issuer);
  const options = {
    [oauth.customFetch]: boundedFetch(isLocal, settings.ca_cert),
    [oauth.allowInsecureRequests]: isLocal,
  };
  const client: oauth.Client = { client_id: settings.client_id, [oauth.clockTolerance]: TOLERANCE };
  let known: { readonly server: oauth.AuthorizationServer; readonly until: number } | undefined;
  let coming: Promise<oauth.AuthorizationServer> | undefined;

  /** The provider's metadata. Concurrent callers share a request. */
  async function metadata(): Promise<oauth.AuthorizationServer> {
    if (known !== undefined && performance.now() < known.until) return known.server;
    coming ??= discover().finally(() => {
      coming = undefined;
    });
    return coming;
  }

  async function discover(): Promise<oauth.AuthorizationServer> {
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
    for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const)
      if (!isSecureUrl(server[name], isLocal)) throw new TransportError(`the provider's ${name} is not an HTTPS URL`);
    known = { server, until: performance.now() + METADATA_LIFETIME };
    return server;
  }

  /** The client authentication: the secret, in a header if the provider supports this; none without a secret. */
  function authentication({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer) {
    const { client_secret_file: file } = settings;
    const secret = file === "" ? settings.client_secret : readSecret(file);
    if (secret === "") return oauth.None();
    const usesPost = methods?.includes("client_secret_basic") === false && methods.includes("client_secret_post");
    return usesPost ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
  }

  /** Returns claims from the UserInfo endpoint, for claims that are missing in the ID token. */
  async function userInfo(server: oauth.AuthorizationServer, token: string, subject: string): Promise<Claims> {
    if (server.userinfo_endpoint === undefined) return {};
    const response = await oauth.userInfoRequest(server, client, token, options);
    return { ...(await oauth.processUserInfoResponse(server, client, subject, response)) };
  }

  async function exchange(parameters: URLSearchParams, { state, nonce, verifier }: Attempt): Promise<Claims> {
    const server = await metadata();
    const valid = oauth.validateAuthResponse(server, client, parameters, state);
    const response = await oauth.authorizationCodeGrantRequest(
      ...([server, client, authentication(server), valid, redirect, verifier, options] as const),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, options);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (claims === undefined) throw new SignInError("invalid", "the provider returned no ID token");
    const wanted = [settings.user_claim, settings.roles_claim];
    if (wanted.every((name) => claimAt(claims, name) !== undefined)) return claims;
    return { ...(await userInfo(server, tokens.access_token, claims.sub)), ...claims };
  }

  return {
    async authorizationUrl(attempt) {
      try {
        const { authorization_endpoint: endpoint = "" } = await metadata();
        const url = new URL(endpoint);
        const parameters = {
          ...{ client_id: settings.client_id, redirect_uri: redirect, response_type: "code" },
          ...{ scope: [...new Set(["openid", ...settings.scopes])].join(" ") },
          ...{ state: attempt.state, nonce: attempt.nonce, code_challenge_method: "S256" },
          code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
        };
        for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
        return url;
      } catch (error) {
        throw signInError(error);
      }
    },
    async claims(parameters, attempt) {
      try {
        return await exchange(parameters, attempt);
      } catch (error) {
        throw signInError(error);
      }
    },
  };
}

/** Converts an error. The message contains no tokens or secrets. Text from the provider is limited to one line. */
function signInError(error: unknown): SignInError {
  if (error instanceof SignInError) return error;
  if (error instanceof TransportError) return new SignInError("unavailable", error.message);
  if (error instanceof oauth.AuthorizationResponseError)
    return new SignInError("denied", `the provider responded with the error ${excerpt(error.error, 60)}`);
  if (error instanceof oauth.ResponseBodyError)
    return new SignInError("invalid", `the provider rejected the code: ${excerpt(error.error, 60)}`);
  return new SignInError("invalid", excerpt(error instanceof Error ? error.message : String(error)));
}
