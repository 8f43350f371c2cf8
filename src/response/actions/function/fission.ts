import { below } from "../../../transport/http/url.ts";
import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsParameters } from "../../server-parameters.ts";
import { call, callOnly } from "./call.ts";

const DEFAULT = "default";

/** Calls a function of Fission. */
export const action: Action = {
  name: "fission:function",
  about:
    "Calls a function of Fission through its router, with the alert as JSON; the header `event-id` is the alert's id.",
  parameters: {
    router: addressParameter("The router.", { fallback: "http://router.fission.svc.cluster.local" }),
    function: textParameter("The function's name.", { required: true }),
    namespace: textParameter("The namespace that it is in.", { fallback: DEFAULT }),
    ...secretParameters("token", "What is shown as `Authorization: Bearer …`, where the router wants one."),
    ...tlsParameters,
  },
  ...callOnly,
  permissions: [
    "By itself the router lets everybody call functions who reaches it; where it asks for tokens: one of them",
  ],
  target: (_alert, given) => ({ target: `function ${partsOf(given).join("/")} of Fission` }),
  run: (request) =>
    attempt(async () => {
      const { parameters: given, alert } = request;
      const url = below(textIn(given, "router"), ["fission-function", ...partsOf(given)]);
      const token = secretIn(given, "token");
      const headers = { "event-id": alert.id, ...(token !== "" && { authorization: `Bearer ${token}` }) };
      const named = `function ${partsOf(given).join("/")}`;
      return call(request, { url, headers, body: alert.json, secrets: [token], named });
    }),
};

/** As the router's paths have them: the namespace `default` is not said. */
function partsOf(given: Readonly<Record<string, unknown>>): string[] {
  const [namespace, name] = [textIn(given, "namespace"), textIn(given, "function")];
  return namespace === DEFAULT ? [name] : [namespace, name];
}
