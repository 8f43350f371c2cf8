import { TransportError } from "../../../transport/http/error.ts";
import { describeResponse, type HttpResponse, isSuccess, sendRequest } from "../../../transport/http/send.ts";
import { keptFor, openTokens, type Token, type Tokens } from "../../../transport/http/tokens.ts";
import { below } from "../../../transport/http/url.ts";
import { at, jsonOf, textAt } from "../../../transport/json.ts";
import type { ActionRequest, Parameter } from "../../action.ts";
import { textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsIn, tlsParameters } from "../../server-parameters.ts";

type Given = ActionRequest["parameters"];

/** The address of the Cloud Controller, and the credentials for it. */
export const accessParameters: Readonly<Record<string, Parameter>> = {
  api: addressParameter(
    "The Cloud Controller, like `https://api.example.org`. What an alert says of it is not believed: whoever is asked gets to see who we are.",
    { required: true },
  ),
  uaa: addressParameter("The UAA, where it is not the one that the Cloud Controller names."),
  client_id: textParameter(
    "The client of the UAA. Without a user it has to be one with a secret and the grant `client_credentials`.",
    {
      fallback: "cf",
    },
  ),
  ...secretParameters("client_secret", "The client's secret."),
  username: textParameter("A user, who signs in with a password."),
  ...secretParameters("password", "The user's password."),
  ...secretParameters("refresh_token", "A refresh token of a user, instead of the password or before it."),
  ...tlsParameters,
};

/** The parameters by which logins differ. */
const accessKeys = Object.keys(accessParameters);

/** The tokens of an action's login; actions with the same login share them. */
export function tokensFor(given: Given): Tokens {
  return kept(Object.fromEntries(accessKeys.map((key) => [key, given[key]])));
}

const kept = keptFor(openUaa);

/** Texts that no error sentence may repeat. */
export function secretsIn(given: Given): string[] {
  return ["client_secret", "password", "refresh_token"].map((name) => secretIn(given, name));
}

interface Grant {
  readonly form: Readonly<Record<string, string>>;
  /** For the sentence when it is rejected. */
  readonly name: string;
}

function openUaa(given: Given): Tokens {
  const tls = tlsIn(given);
  const api = textIn(given, "api");
  /** The newest refresh token that was issued: some are valid once only. */
  let refresh = "";

  /** The grants to try, best first. One that failed is tried again next time: files are renewed. */
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
          throw new TransportError(`the answer of ${answer.host} holds no token`);
        refresh = textAt(json, "refresh_token") || (grant.form.refresh_token ?? "");
        return { text, life: life * 1000 };
      }
      refused = `${grant.name} was refused: ${describeResponse(answer, secrets)}`;
      // Any other error would meet the other grants too.
      if (answer.status !== 400 && answer.status !== 401) break;
      if (grant.form.refresh_token === refresh) refresh = "";
    }
    throw new TransportError(refused);
  });
}

/** The UAA that the Cloud Controller names. */
async function uaaOf(api: string, signal: AbortSignal, tls: ReturnType<typeof tlsIn>): Promise<string> {
  const answer = await sendRequest(below(api, []), { method: "GET", signal, tls });
  if (!isSuccess(answer)) throw new TransportError(`the UAA is not known: ${describeResponse(answer)}`);
  const address =
    textAt(jsonOf(answer.body), "links", "uaa", "href") || textAt(jsonOf(answer.body), "links", "login", "href");
  if (!URL.canParse(address)) throw new TransportError(`${answer.host} names no UAA; \`uaa\` can`);
  const { protocol } = new URL(address);
  const safe = protocol === "https:" || (protocol === "http:" && new URL(api).protocol === "http:");
  if (!safe)
    throw new TransportError(`the UAA that ${answer.host} names is not reached by HTTPS; \`uaa\` can name another`);
  return address;
}
