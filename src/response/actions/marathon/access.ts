import { TransportError } from "../../../transport/http/error.ts";
import { lifeOf, signedToken } from "../../../transport/http/jwt.ts";
import type { Method } from "../../../transport/http/open.ts";
import { describeResponse, type HttpResponse, isSuccess, sendRequest } from "../../../transport/http/send.ts";
import { oncePerSettings, openTokens, type Tokens, withToken } from "../../../transport/http/tokens.ts";
import { below } from "../../../transport/http/url.ts";
import { jsonOf, textAt } from "../../../transport/json.ts";
import type { ActionRequest, Parameter } from "../../action.ts";
import { textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsIn, tlsParameters } from "../../server-parameters.ts";

type Given = ActionRequest["parameters"];

/** Parameters for URL and credentials of Marathon. */
export const accessParameters: Readonly<Record<string, Parameter>> = {
  api: addressParameter(
    "URL of Marathon, such as `http://marathon.mesos:8080`; with DC/OS `https://…/service/marathon`.",
    {
      required: true,
    },
  ),
  username: textParameter("User name for basic authentication with Marathon."),
  ...secretParameters("password", "Password of `username` or `uid`."),
  uid: textParameter("User or service account for signing in to DC/OS."),
  ...secretParameters("private_key", "RSA key of a DC/OS service account in PEM format, instead of a password."),
  ...secretParameters("token", "Externally managed DC/OS token, instead of signing in."),
  dcos: addressParameter("URL of DC/OS. Default: the origin of `api`."),
  ...tlsParameters,
};

/** Validity of a signed login, in seconds. */
const SIGNED_FOR = 300;
/** Assumed lifetime of tokens without an expiry, in milliseconds. */
const LIFE = 3_600_000;

/**
 * Sends a request to Marathon.
 * @throws TransportError
 */
export async function requestMarathon(
  { parameters: given, signal }: ActionRequest,
  method: Method,
  segments: readonly string[],
  { query = {}, body }: { readonly query?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<TokenResponse> {
  const url = below(textIn(given, "api"), ["v2", ...segments], query);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const send = (authorization: string): Promise<HttpResponse> => {
    const headers = {
      ...(authorization !== "" && { authorization }),
      ...(body !== undefined && { "content-type": "application/json" }),
    };
    return sendRequest(url, { method, headers, ...sent, signal, tls: tlsIn(given) });
  };
  if (textIn(given, "uid") !== "") return withToken(tokensFor(given), signal, (token) => send(`token=${token}`));
  const token = secretIn(given, "token");
  if (token !== "") return { ...(await send(`token=${token}`)), token };
  const username = textIn(given, "username");
  if (username === "") return { ...(await send("")), token };
  const both = Buffer.from(`${username}:${secretIn(given, "password")}`).toString("base64");
  return { ...(await send(`Basic ${both}`)), token: both };
}

/** HTTP response, with the token or password that was sent in the request. */
export type TokenResponse = HttpResponse & { readonly token: string };

/** Secrets that must not appear in errors. */
export function secretsIn(given: Given): string[] {
  return ["password", "token", "private_key"].map((name) => secretIn(given, name));
}

const accessKeys = Object.keys(accessParameters);

function tokensFor(given: Given): Tokens {
  return kept(Object.fromEntries(accessKeys.map((key) => [key, given[key]])));
}

const kept = oncePerSettings(openDcos);

/** Returns tokens of DC/OS. Signs in with a password, or as a service account with a signed token. */
function openDcos(given: Given): Tokens {
  const uid = textIn(given, "uid");
  const address = textIn(given, "dcos") || new URL(textIn(given, "api")).origin;
  return openTokens(async (signal) => {
    const key = secretIn(given, "private_key");
    const shown =
      key === ""
        ? { uid, password: secretIn(given, "password") }
        : { uid, token: signedToken({ uid, exp: Math.floor(Date.now() / 1000) + SIGNED_FOR }, key, "private_key") };
    const answer = await sendRequest(below(address, ["acs", "api", "v1", "auth", "login"]), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(shown),
      signal,
      tls: tlsIn(given),
    });
    if (!isSuccess(answer))
      throw new TransportError(`the login was rejected: ${describeResponse(answer, [...Object.values(shown)])}`);
    const text = textAt(jsonOf(answer.body), "token");
    if (text === "") throw new TransportError(`the response from ${answer.host} contains no token`);
    return { text, life: lifeOf(text) ?? LIFE };
  });
}
