import { TransportError } from "../../../transport/http/error.ts";
import { describeResponse, type HttpResponse, isSuccess, sendRequest } from "../../../transport/http/send.ts";
import { oncePerSettings, openTokens, type Token, type Tokens } from "../../../transport/http/tokens.ts";
import { below } from "../../../transport/http/url.ts";
import { at, jsonOf, textAt } from "../../../transport/json.ts";
import type { ActionRequest, Parameter } from "../../action.ts";
import { textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsIn, tlsParameters } from "../../server-parameters.ts";

type Given = ActionRequest["parameters"];

/** URL and credentials of the Cloud Controller. */
export const accessParameters: Readonly<Record<string, Parameter>> = {
  api: addressParameter(
    "URL of the Cloud Controller, such as `https://api.example.org`. This URL is never taken from an alert, because the credentials are sent to it.",
    { required: true },
  ),
  uaa: addressParameter("URL of the UAA. Default: the URL that the Cloud Controller reports."),
  client_id: textParameter(
    "UAA client. Without a user, it requires a secret and the grant type `client_credentials`.",
    {
      fallback: "cf",
    },
  ),
  ...secretParameters("client_secret", "The client's secret."),
  username: textParameter("User name for the password grant."),
  ...secretParameters("password", "The user's password."),
  ...secretParameters("refresh_token", "Refresh token of a user, instead of or in addition to a password."),
  ...tlsParameters,
};

/** Names of the parameters that identify a login. */
const accessKeys = Object.keys(accessParameters);

/** Returns the tokens for a login. Actions with the same login parameters share them. */
export function tokensFor(given: Given): Tokens {
  return kept(Object.fromEntries(accessKeys.map((key) => [key, given[key]])));
}

const kept = oncePerSettings(openUaa);

/** Secrets that must not appear in errors. */
export function secretsIn(given: Given): string[] {
  return ["client_secret", "password", "refresh_token"].map((name) => secretIn(given, name));
}

interface Grant {
  readonly form: Readonly<Record<string, string>>;
  /** Description of the grant for error messages: "the refresh token". */
  readonly name: string;
}

function openUaa(given: Given): Tokens {
  const tls = tlsIn(given);
  const api = textIn(given, "api");
  /** The most recent refresh token. Some UAA servers accept each refresh token only once. */
  let refresh = "";

  /**
   * Returns the grants to try, in order of preference. A grant that failed is retried for the next token, because
   * secret files may change.
   */
  function grants(): Grant[] {
    const own = secretIn(given, "refresh_token");
    const username = textIn(given, "username");
    const tokens = [...new Set([refresh, own])].filter((token) => token !== "");
    const last: Grant =
      username === ""
        ? { form: { grant_type: "client_credentials" }, name: "the client" }
        : {
            form: { grant_type: "password", username, password: secretIn(given, "password") },
            name: "the user's password",
          };
    return [
      ...tokens.map((token) => ({
        form: { grant_type: "refresh_token", refresh_token: token },
        name: "the refresh token",
      })),
      ...(username === "" && own !== "" ? [] : [last]),
    ];
  }

  function send({ form }: Grant, address: string, signal: AbortSignal): Promise<HttpResponse> {
    const client = `${textIn(given, "client_id")}:${secretIn(given, "client_secret")}`;
    return sendRequest(below(address, ["oauth", "token"]), {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(client).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(form).toString(),
      signal,
      tls,
    });
  }

  return openTokens(async (signal): Promise<Token> => {
    const uaa = textIn(given, "uaa") || (await uaaOf(api, signal, tls));
    const secrets = [...secretsIn(given), refresh];
    let refused = "";
    for (const grant of grants()) {
      const answer = await send(grant, uaa, signal);
      if (isSuccess(answer)) {
        const json = jsonOf(answer.body);
        const text = textAt(json, "access_token");
        const life = at(json, "expires_in");
        if (text === "" || typeof life !== "number")
          throw new TransportError(`the response from ${answer.host} contains no token`);
        refresh = textAt(json, "refresh_token") || (grant.form.refresh_token ?? "");
        return { text, life: life * 1000 };
      }
      refused = `${grant.name} was rejected: ${describeResponse(answer, secrets)}`;
      // An error with another status is not caused by the grant, so no other grants are tried.
      if (answer.status !== 400 && answer.status !== 401) break;
      if (grant.form.refresh_token === refresh) refresh = "";
    }
    throw new TransportError(refused);
  });
}

/** Returns the UAA URL that the Cloud Controller reports. */
async function uaaOf(api: string, signal: AbortSignal, tls: ReturnType<typeof tlsIn>): Promise<string> {
  const answer = await sendRequest(below(api, []), { method: "GET", signal, tls });
  if (!isSuccess(answer)) throw new TransportError(`cannot find the UAA: ${describeResponse(answer)}`);
  const address =
    textAt(jsonOf(answer.body), "links", "uaa", "href") || textAt(jsonOf(answer.body), "links", "login", "href");
  if (!URL.canParse(address)) throw new TransportError(`${answer.host} reports no UAA: set \`uaa\``);
  const { protocol } = new URL(address);
  const safe = protocol === "https:" || (protocol === "http:" && new URL(api).protocol === "http:");
  if (!safe) throw new TransportError(`the UAA that ${answer.host} reports does not use HTTPS: set \`uaa\``);
  return address;
}
