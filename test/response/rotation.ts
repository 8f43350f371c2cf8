import { action } from "../../src/response/actions/kubernetes/access/rotate.ts";
import type { Response } from "../../src/response/rule/response.ts";
import { responsesOf } from "./scene.ts";

/** Returns a response that rotates the tokens of the service account that sent a request. */
export function rotation(kubeconfig: string): Promise<readonly Response[]> {
  const text = `
- response: Rotate
  match: rule exists
  actions: [{action: "${action.name}", parameters: {account: requester, kubeconfig: ${JSON.stringify(kubeconfig)}}}]
`;
  return responsesOf(text, [action]);
}
