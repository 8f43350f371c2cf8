import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { signedToken } from "../../transport/http/jwt.ts";

type Claims = Record<string, unknown>;

/** The parts of `oidc-provider` that tests use; the package has no types. */
interface OidcProvider {
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
  use(middleware: (context: { path: string; body: unknown }, next: () => Promise<void>) => Promise<void>): void;
}
interface GrantContext {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly provider: {
      readonly Grant: new (about: object) => { addOIDCScope(scopes: string): void; save(): Promise<unknown> };
    };
  };
}

/** A real OpenID Connect provider. */
export interface TestProvider {
  readonly issuer: string;
  /** The account that is signed in without a form. If empty, the user enters the name in a form. */
  account: string;
  /**
   * Changes the claims of the next ID tokens. The provider signs the returned claims; a returned token is used
   * unchanged.
   */
  change: ((claims: Claims) => Claims | { readonly token: string }) | undefined;
  /** Responses that replace responses of the provider, by path. */
  readonly answers: Map<string, (response: ServerResponse) => void>;
  close(): Promise<void>;
}

export const CLIENT = { client_id: "eyas", client_secret: "a-secret-of-the-test" };

const newKey = (): string =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** Signs claims with a key that is not the provider's. */
export function foreignToken(claims: Claims): string {
  return signedToken(claims, newKey(), "the test's key");
}

/**
 * @param redirect the page's callback URL
 * @param groups groups of each account
 * @param inUserInfo whether claims other than `sub` are only at the UserInfo endpoint
 */
export async function openTestProvider(
  redirect: string,
  groups: Readonly<Record<string, unknown>>,
  inUserInfo = false,
): Promise<TestProvider> {
  const { Provider } = (await import("oidc-provider" as string)) as {
    Provider: new (issuer: string, configuration: object) => OidcProvider;
  };
  const pem = newKey();
  const jwk = { ...createPrivateKey(pem).export({ format: "jwk" }), use: "sig", alg: "RS256" };
  let respond = (_request: IncomingMessage, response: ServerResponse): void => void response.end();
  const server = createServer((request, response) => respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ ...CLIENT, redirect_uris: [redirect] }],
    jwks: { keys: [jwk] },
    cookies: { keys: ["a key of the test"] },
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
    features: { devInteractions: { enabled: false } },
    claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email"], groups: ["groups"] },
    conformIdTokenClaims: inUserInfo,
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, groups: groups[id] ?? [] }),
    }),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/login/${uid}` },
    async loadExistingGrant({ oidc: { client, session, provider: own } }: GrantContext) {
      const grant = new own.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid profile email groups");
      await grant.save();
      return grant;
    },
  });
  const test: TestProvider = {
    ...{ issuer, account: "", change: undefined, answers: new Map() },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  provider.use(async (context, next) => {
    await next();
    const body = context.body as { id_token?: string } | undefined;
    if (context.path !== "/token" || body?.id_token === undefined || test.change === undefined) return;
    const claims = JSON.parse(Buffer.from(body.id_token.split(".")[1] ?? "", "base64url").toString()) as Claims;
    const changed = test.change(claims);
    const token = typeof changed.token === "string" ? changed.token : signedToken(changed as Claims, pem, "the key");
    context.body = { ...body, id_token: token };
  });
  const handle = provider.callback();
  const logIn = (request: IncomingMessage, response: ServerResponse, accountId: string): void =>
    void provider.interactionFinished(request, response, { login: { accountId } });
  respond = (request, response) => {
    const path = URL.parse(request.url ?? "", issuer)?.pathname ?? "";
    const answer = test.answers.get(path);
    if (answer !== undefined) answer(response);
    else if (!path.startsWith("/login/")) handle(request, response);
    else if (test.account !== "") logIn(request, response, test.account);
    else if (request.method === "POST")
      void text(request).then((body) => logIn(request, response, new URLSearchParams(body).get("name") ?? ""));
    else {
      response.setHeader("content-type", "text/html");
      response.end('<title>Provider</title><form method="post"><label>Name <input name="name"></label></form>');
    }
  };
  return test;
}
