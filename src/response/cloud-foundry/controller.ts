import type { ActionRequest, ActionResult } from "../action.ts";
import { below } from "../http/address.ts";
import { type Answer, ask, isGood, saidBy } from "../http/ask.ts";
import { tlsIn } from "../http/tls.ts";
import { withToken } from "../http/tokens.ts";
import { textIn } from "../parameters.ts";
import { secretsIn, tokensFor } from "./uaa.ts";

/** An answer, and the token that was shown for it. */
type Told = Answer & { readonly token: string };

/** Asks the Cloud Controller's API, version 3, with a token. @throws Trouble */
export async function askController(
  { parameters, signal }: ActionRequest,
  method: "GET" | "POST" | "DELETE",
  ...segments: readonly string[]
): Promise<Told> {
  const url = below(textIn(parameters, "api"), ["v3", ...segments]);
  const send = (token: string): Promise<Answer> =>
    ask(url, { method, headers: { authorization: `bearer ${token}` }, signal, tls: tlsIn(parameters) });
  return withToken(tokensFor(parameters), signal, send);
}

/** What an answer to something that was to be done means. */
export function judge(answer: Told, done: string, { parameters }: ActionRequest): ActionResult {
  if (isGood(answer)) return { outcome: "done", answer: `${done} (${answer.host} answered ${answer.status})` };
  const said = saidBy(answer, [answer.token, ...secretsIn(parameters)]);
  if (answer.status === 404) return { outcome: "failed", reason: `it is not there, or not to be seen: ${said}` };
  if (answer.status === 401 || answer.status === 403)
    return { outcome: "failed", reason: `it is not allowed: ${said}` };
  return { outcome: "failed", reason: said };
}
