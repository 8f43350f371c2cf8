import { below } from "../../../transport/http/url.ts";
import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsParameters } from "../../server-parameters.ts";
import { call, callOnly } from "./call.ts";

const DEFAULT = "default";

/** Calls a Fission function. */
export const action: Action = {
  name: "fission:function",
  about:
    "Calls a Fission function through the router with the alert in JSON. The header `event-id` contains the alert's ID.",
  example: "function: quarantine",
  parameters: {
    router: addressParameter("URL of the router.", { fallback: "http://router.fission.svc.cluster.local" }),
    function: textParameter("Name of the function.", { required: true }),
    namespace: textParameter("Namespace of the function.", { fallback: DEFAULT }),
    ...secretParameters("token", "Bearer token, if the router requires one."),
    ...tlsParameters,
  },
  ...callOnly,
  permissions: ["a token, if the router requires authentication"],
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

/** Path segments of the function. The namespace `default` is omitted. */
function partsOf(given: Readonly<Record<string, unknown>>): string[] {
  const [namespace, name] = [textIn(given, "namespace"), textIn(given, "function")];
  return namespace === DEFAULT ? [name] : [namespace, name];
}
