import { below } from "../../../transport/http/url.ts";
import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { flagIn, flagParameter, textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsParameters } from "../../server-parameters.ts";
import { call, callOnly } from "./call.ts";

/** Invokes an OpenWhisk action. */
export const action: Action = {
  name: "openwhisk:action",
  about: "Invokes an Apache OpenWhisk action with the alert as its parameters.",
  example: `api: https://openwhisk.example.org
function: security/respond
key_file: /etc/eyas/openwhisk-key`,
  parameters: {
    api: addressParameter("URL of OpenWhisk, such as `https://openwhisk.example.org`.", { required: true }),
    function: textParameter("Name of the action, with its package if any: `security/respond`.", {
      required: true,
    }),
    namespace: textParameter("Namespace of the action; `_` is the namespace of the key.", { fallback: "_" }),
    ...secretParameters("key", "API key in the form `uuid:key`, as printed by `wsk property get --auth`."),
    wait: flagParameter("Wait for the action's result.", true),
    ...tlsParameters,
  },
  ...callOnly,
  permissions: ["an API key for the namespace"],
  target: (_alert, given) => ({
    target: `action ${textIn(given, "namespace")}/${textIn(given, "function")} of OpenWhisk`,
  }),
  run: (request) =>
    attempt(async () => {
      const { parameters: given, alert } = request;
      const names = textIn(given, "function").split("/");
      const segments = ["api", "v1", "namespaces", textIn(given, "namespace"), "actions", ...names];
      const url = below(textIn(given, "api"), segments, { blocking: String(flagIn(given, "wait")), result: "true" });
      const key = secretIn(given, "key");
      const basic = Buffer.from(key).toString("base64");
      const headers = key === "" ? {} : { authorization: `Basic ${basic}` };
      const named = `action ${names.join("/")}`;
      return call(request, { url, headers, body: alert.json, secrets: [key, basic, ...key.split(":")], named });
    }),
};
