import { sendRequest } from "../../../transport/http/send.ts";
import { type Tokens, withToken } from "../../../transport/http/tokens.ts";
import type { ActionRequest, ActionResult } from "../../action.ts";
import { tlsIn } from "../../server-parameters.ts";
import { JSON_TYPE, resultOf } from "./call.ts";

/**
 * Posts an alert to a Google Cloud service. The request is authenticated with a token.
 * @throws TransportError
 */
export async function callWithToken(
  { alert, key, parameters, signal }: ActionRequest,
  url: URL,
  tokens: Tokens,
  named: string,
): Promise<ActionResult> {
  const answer = await withToken(tokens, signal, (token) =>
    sendRequest(url, {
      method: "POST",
      headers: { "content-type": JSON_TYPE, "idempotency-key": key, authorization: `Bearer ${token}` },
      body: alert.json,
      signal,
      tls: tlsIn(parameters),
    }),
  );
  return resultOf(answer, named, [answer.token]);
}
