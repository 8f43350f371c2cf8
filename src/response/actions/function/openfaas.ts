import { below } from "../../../transport/http/url.ts";
import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { flagIn, flagParameter, textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsParameters } from "../../server-parameters.ts";
import { call, callOnly } from "./call.ts";

/** Calls an OpenFaaS function. */
export const action: Action = {
  name: "openfaas:function",
  about: "Calls an OpenFaaS function through the gateway with the alert in JSON.",
  example: "function: quarantine",
  parameters: {
    gateway: addressParameter("URL of the gateway.", { fallback: "http://gateway.openfaas:8080" }),
    function: textParameter("Name of the function.", { required: true }),
    namespace: textParameter("Namespace of the function.", { fallback: "openfaas-fn" }),
    async: flagParameter("Queue the call in the gateway without waiting for the function.", false),
    username: textParameter("User name, if the gateway requires authentication."),
    ...secretParameters("password", "The user's password."),
    ...secretParameters("token", "Bearer token, instead of user name and password."),
    ...tlsParameters,
  },
  ...callOnly,
  permissions: [
    "credentials, if the gateway requires authentication; with OpenFaaS IAM, a policy with `Function:Invoke` on the function",
  ],
  target: (_alert, given) => ({ target: `function ${nameOf(given)} of OpenFaaS` }),
  run: (request) =>
    attempt(async () => {
      const { parameters: given, alert } = request;
      const path = flagIn(given, "async") ? "async-function" : "function";
      const url = below(textIn(given, "gateway"), [path, nameOf(given)]);
      const [password, token, user] = [
        secretIn(given, "password"),
        secretIn(given, "token"),
        textIn(given, "username"),
      ];
      const basic = Buffer.from(`${user}:${password}`).toString("base64");
      const shown = token !== "" ? `Bearer ${token}` : user !== "" ? `Basic ${basic}` : "";
      const headers = shown === "" ? {} : { authorization: shown };
      const named = `function ${nameOf(given)}`;
      return call(request, { url, headers, body: alert.json, secrets: [password, token, basic], named });
    }),
};

function nameOf(given: Readonly<Record<string, unknown>>): string {
  return `${textIn(given, "function")}.${textIn(given, "namespace")}`;
}
