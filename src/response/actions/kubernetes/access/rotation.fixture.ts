import { responsesOf } from "../../../../../test/response/scene.ts";
import type { Response } from "../../../rule/response.ts";
import { action } from "./rotate.ts";

/** A response that rotates the tokens of the service account that sent a request. */
export function rotation(kubeconfig: string): Promise<readonly Response[]> {
  const text = `
- response: Rotate
  match: rule exists
  actions: [{action: "${action.name}", parameters: {account: requester, kubeconfig: ${JSON.stringify(kubeconfig)}}}]
`;
  return responsesOf(text, [action]);
}
