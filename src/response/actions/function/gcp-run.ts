import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters } from "../../server-parameters.ts";
import { addressText, call, callOnly } from "./call.ts";
import { gcpParameters, idTokens } from "./gcp-access.ts";
import { callWithToken } from "./gcp-call.ts";

/** Calls a Cloud Run service. */
export const action: Action = {
  name: "gcp:run",
  about: "Calls a Google Cloud Run service with the alert in JSON and an ID token.",
  example: "endpoint: https://respond-abcdefghij-ew.a.run.app",
  parameters: {
    endpoint: addressParameter(
      "URL of the service, such as `https://respond-abcdefghij-ew.a.run.app`, with an optional path.",
      {
        required: true,
      },
    ),
    audience: textParameter("Audience of the ID token. Default: the origin of `endpoint`."),
    ...secretParameters("jwt", "Externally managed token, instead of an ID token."),
    ...gcpParameters,
  },
  ...callOnly,
  permissions: ["`run.routes.invoke` (`roles/run.invoker`) on the service"],
  target: (_alert, given) => ({ target: `function ${addressText(textIn(given, "endpoint"))}` }),
  run: (request) =>
    attempt(async () => {
      const { parameters: given, alert } = request;
      const url = new URL(textIn(given, "endpoint"));
      const token = secretIn(given, "jwt");
      const named = url.host;
      if (token === "") {
        const audience = textIn(given, "audience") || url.origin;
        return callWithToken(request, url, idTokens(given, audience), named);
      }
      const headers = { authorization: `Bearer ${token}` };
      return call(request, { url, headers, body: alert.json, secrets: [token], named });
    }),
};
