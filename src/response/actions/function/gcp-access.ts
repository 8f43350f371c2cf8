import { TransportError } from "../../../transport/http/error.ts";
import { lifeOf, signedToken } from "../../../transport/http/jwt.ts";
import { describeResponse, type HttpResponse, isSuccess, sendRequest } from "../../../transport/http/send.ts";
import { oncePerSettings, openTokens, type Token, type Tokens } from "../../../transport/http/tokens.ts";
import { below } from "../../../transport/http/url.ts";
import { at, jsonOf, textAt } from "../../../transport/json.ts";
import { readSecret } from "../../../transport/text.ts";
import type { ActionRequest, Parameter } from "../../action.ts";
import { textIn } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsIn, tlsParameters } from "../../server-parameters.ts";

type Given = ActionRequest["parameters"];

/** Parameters for Google Cloud credentials. */
export const gcpParameters: Readonly<Record<string, Parameter>> = {
  ...secretParameters(
    "credentials",
    "Key of a service account in JSON, optionally encoded in Base64. Default: the file in `GOOGLE_APPLICATION_CREDENTIALS`, or the account of the machine or pod.",
  ),
  metadata: addressParameter("URL of the metadata server, which provides the account of the machine or pod.", {
    fallback: "http://metadata.google.internal",
  }),
  ...tlsParameters,
};

/** Key of a service account. */
interface Account {
  readonly email: string;
  readonly key: string;
  readonly project: string;
  /** URL of the token endpoint. */
  readonly tokens: string;
}

/** Purpose of a token: a service, identified by its audience, or Google APIs, identified by a scope. */
type Purpose = { readonly audience: string } | { readonly scope: string };

const CLOUD = { scope: "https://www.googleapis.com/auth/cloud-platform" };
/** Validity of a signed assertion, in seconds. Google accepts at most one hour. */
const SIGNED_FOR = 600;
/** Assumed lifetime of tokens without an expiry, in milliseconds. */
const LIFE = 1_800_000;

const accessKeys = Object.keys(gcpParameters);

/** ID tokens for a service. */
export function idTokens(given: Given, audience: string): Tokens {
  return kept({ given: Object.fromEntries(accessKeys.map((key) => [key, given[key]])), purpose: { audience } });
}

/** Access tokens for Google APIs. */
export function accessTokens(given: Given): Tokens {
  return kept({ given: Object.fromEntries(accessKeys.map((key) => [key, given[key]])), purpose: CLOUD });
}

const kept = oncePerSettings(({ given, purpose }: { readonly given: Given; readonly purpose: Purpose }) =>
  openTokens((signal) => {
    const account = accountOf(given);
    return account === undefined ? machineToken(given, purpose, signal) : accountToken(account, given, purpose, signal);
  }),
);

/**
 * Returns the project of the service account, or of the machine.
 * @throws TransportError if neither is known
 */
export async function projectOf(given: Given, signal: AbortSignal): Promise<string> {
  const account = accountOf(given);
  if (account !== undefined && account.project !== "") return account.project;
  const answer = await askMetadata(given, ["project", "project-id"], {}, signal);
  return answer.body.trim();
}

/** @throws TransportError if the credentials are invalid */
function accountOf(given: Given): Account | undefined {
  const file = process.env.GOOGLE_APPLICATION_CREDENTIALS ?? "";
  const text = secretIn(given, "credentials") || (file === "" ? "" : readSecret(file));
  if (text === "") return undefined;
  const json = jsonOf(text.startsWith("{") ? text : Buffer.from(text, "base64").toString("utf8"));
  const [email = "", key = "", tokens = ""] = ["client_email", "private_key", "token_uri"].map((name) =>
    textAt(json, name),
  );
  if (textAt(json, "type") !== "service_account" || email === "" || key === "" || !/^https?:\/\//.test(tokens))
    throw new TransportError("the Google credentials are not a service account key in JSON");
  return { email, key, tokens, project: textAt(json, "project_id") };
}

/** Exchanges an assertion signed with the account's key for a token (RFC 7523). */
async function accountToken(account: Account, given: Given, purpose: Purpose, signal: AbortSignal): Promise<Token> {
  const now = Math.floor(Date.now() / 1000);
  const wanted = "audience" in purpose ? { target_audience: purpose.audience } : purpose;
  const claims = {
    iss: account.email,
    sub: account.email,
    aud: account.tokens,
    iat: now,
    exp: now + SIGNED_FOR,
    ...wanted,
  };
  const assertion = signedToken(claims, account.key, "the key of the service account");
  const answer = await sendRequest(new URL(account.tokens), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }).toString(),
    signal,
    tls: tlsIn(given),
  });
  if (!isSuccess(answer))
    throw new TransportError(`cannot get a token for ${account.email}: ${describeResponse(answer, [assertion])}`);
  return tokenIn(
    answer,
    "audience" in purpose ? textAt(jsonOf(answer.body), "id_token") : textAt(jsonOf(answer.body), "access_token"),
  );
}

/** Requests a token for the account of the machine or pod from the metadata server. */
async function machineToken(given: Given, purpose: Purpose, signal: AbortSignal): Promise<Token> {
  const account = ["instance", "service-accounts", "default"];
  if ("audience" in purpose) {
    const query = { audience: purpose.audience, format: "full" };
    const answer = await askMetadata(given, [...account, "identity"], query, signal);
    return tokenIn(answer, answer.body.trim());
  }
  const answer = await askMetadata(given, [...account, "token"], {}, signal);
  return tokenIn(answer, textAt(jsonOf(answer.body), "access_token"));
}

function tokenIn(answer: HttpResponse, text: string): Token {
  if (!/^[\w.~+/=-]+$/.test(text)) throw new TransportError(`the response from ${answer.host} contains no token`);
  const seconds = at(jsonOf(answer.body), "expires_in");
  return { text, life: lifeOf(text) ?? (typeof seconds === "number" ? seconds * 1000 : LIFE) };
}

async function askMetadata(
  given: Given,
  path: readonly string[],
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const url = below(textIn(given, "metadata"), ["computeMetadata", "v1", ...path], query);
  const answer = await sendRequest(url, {
    method: "GET",
    headers: { "metadata-flavor": "Google" },
    signal,
    tls: tlsIn(given),
  });
  // Only Google's metadata server sends this header.
  if (answer.headers["metadata-flavor"] !== "Google")
    throw new TransportError(`${answer.host} is not a Google metadata server`);
  if (!isSuccess(answer)) throw new TransportError(`the metadata server failed: ${describeResponse(answer)}`);
  return answer;
}
