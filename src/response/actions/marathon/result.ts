import { describeResponse, isSuccess } from "../../../transport/http/send.ts";
import { jsonOf, textAt } from "../../../transport/json.ts";
import type { ActionRequest, ActionResult } from "../../action.ts";
import { secretsIn, type TokenResponse } from "./access.ts";

/** Converts a response of Marathon to the result of an action. */
export function resultOf(answer: TokenResponse, done: string, { parameters }: ActionRequest): ActionResult {
  if (isSuccess(answer)) {
    const deployment = /^[\w-]{1,64}$/.exec(textAt(jsonOf(answer.body), "deploymentId"))?.[0];
    const by = deployment === undefined ? "" : ` in deployment ${deployment}`;
    return { outcome: "done", answer: `${done}${by} (${answer.host} responded with status ${answer.status})` };
  }
  const details = describeResponse(answer, [answer.token, ...secretsIn(parameters)]);
  const reasons: Readonly<Record<number, string>> = {
    401: `not permitted: ${details}`,
    403: `not permitted: ${details}`,
    409: `another deployment locks the app, and \`force\` is not set: ${details}`,
  };
  return { outcome: "failed", reason: reasons[answer.status] ?? details };
}
