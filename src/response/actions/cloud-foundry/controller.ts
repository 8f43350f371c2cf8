import { describeResponse, type HttpResponse, isSuccess, sendRequest } from "../../../transport/http/send.ts";
import { withToken } from "../../../transport/http/tokens.ts";
import { below } from "../../../transport/http/url.ts";
import type { ActionRequest, ActionResult } from "../../action.ts";
import { textIn } from "../../parameters.ts";
import { tlsIn } from "../../server-parameters.ts";
import { secretsIn, tokensFor } from "./uaa.ts";

/** HTTP response, with the token that was sent in the request. */
type TokenResponse = HttpResponse & { readonly token: string };

/**
 * Sends an authenticated request to the Cloud Controller API, version 3.
 * @throws TransportError
 */
export async function requestController(
  { parameters, signal }: ActionRequest,
  method: "GET" | "POST" | "DELETE",
  ...segments: readonly string[]
): Promise<TokenResponse> {
  const url = below(textIn(parameters, "api"), ["v3", ...segments]);
  const send = (token: string): Promise<HttpResponse> =>
    sendRequest(url, { method, headers: { authorization: `bearer ${token}` }, signal, tls: tlsIn(parameters) });
  return withToken(tokensFor(parameters), signal, send);
}

/** Converts a response of the Cloud Controller to the result of an action. */
export function resultOf(answer: TokenResponse, done: string, { parameters }: ActionRequest): ActionResult {
  if (isSuccess(answer))
    return { outcome: "done", answer: `${done} (${answer.host} responded with status ${answer.status})` };
  const details = describeResponse(answer, [answer.token, ...secretsIn(parameters)]);
  if (answer.status === 404) return { outcome: "failed", reason: `not found or not visible: ${details}` };
  if (answer.status === 401 || answer.status === 403) return { outcome: "failed", reason: `not permitted: ${details}` };
  return { outcome: "failed", reason: details };
}
