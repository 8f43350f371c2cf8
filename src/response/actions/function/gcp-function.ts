import { TransportError } from "../../../transport/http/error.ts";
import { describeResponse, isSuccess, sendRequest } from "../../../transport/http/send.ts";
import { oncePerSettings, withToken } from "../../../transport/http/tokens.ts";
import { below } from "../../../transport/http/url.ts";
import { jsonOf, textAt } from "../../../transport/json.ts";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { numberIn, numberParameter, textIn, textParameter } from "../../parameters.ts";
import { addressParameter, tlsIn } from "../../server-parameters.ts";
import { callOnly } from "./call.ts";
import { accessTokens, gcpParameters, idTokens, projectOf } from "./gcp-access.ts";
import { callWithToken } from "./gcp-call.ts";

/** Calls a Google Cloud function. */
export const action: Action = {
  name: "gcp:function",
  about:
    "Calls a Google Cloud function with the alert in JSON and an ID token. Its URL is read from the Cloud Functions API (v2) every five minutes.",
  example: `gcp_function_name: quarantine
gcp_function_location: europe-west1`,
  parameters: {
    gcp_function_name: textParameter("Name of the function.", { required: true }),
    gcp_function_location: textParameter("Region of the function, such as `europe-west1`.", { required: true }),
    gcp_function_timeout: numberParameter("Timeout in seconds. The action's `timeout` applies too.", 30, [1, 3600]),
    gcp_project: textParameter("Project of the function. Default: the project of the account or the machine."),
    ...gcpParameters,
    functions_api: addressParameter("URL of the Cloud Functions API.", {
      fallback: "https://cloudfunctions.googleapis.com",
    }),
  },
  ...callOnly,
  permissions: [
    "`cloudfunctions.functions.get` (`roles/cloudfunctions.viewer`) on the function",
    "`run.routes.invoke` (`roles/run.invoker`) on its service; for a first-generation function: `cloudfunctions.functions.invoke` (`roles/cloudfunctions.invoker`)",
  ],
  target: (_alert, given) => ({ target: `function ${nameOf(given)} of Google Cloud` }),
  run: (request) =>
    attempt(() => {
      const seconds = numberIn(request.parameters, "gcp_function_timeout");
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(seconds * 1000)]);
      return callFunction({ ...request, signal });
    }),
};

function nameOf(given: Readonly<Record<string, unknown>>): string {
  return `${textIn(given, "gcp_function_location")}/${textIn(given, "gcp_function_name")}`;
}

/** How long the URL of a function is cached, in milliseconds. */
const CACHE_TIME = 300_000;
const known = oncePerSettings((_given: readonly unknown[]): { address: string; until: number } => ({
  address: "",
  until: 0,
}));
const placeKeys = [
  ...["functions_api", "gcp_project", "gcp_function_location", "gcp_function_name"],
  ...Object.keys(gcpParameters),
];

async function callFunction(request: ActionRequest): Promise<ActionResult> {
  const { parameters: given, signal } = request;
  const place = known(placeKeys.map((key) => given[key]));
  if (performance.now() >= place.until) {
    const project = textIn(given, "gcp_project") || (await projectOf(given, signal));
    place.address = await addressOf(request, textIn(given, "functions_api"), project);
    place.until = performance.now() + CACHE_TIME;
  }
  const { address } = place;
  const result = await callWithToken(request, new URL(address), idTokens(given, address), `function ${nameOf(given)}`);
  if (result.outcome !== "done") place.until = 0;
  return result;
}

/**
 * Looks up the URL of the function.
 * @throws TransportError
 */
async function addressOf({ parameters: given, signal }: ActionRequest, api: string, project: string): Promise<string> {
  const place = ["locations", textIn(given, "gcp_function_location"), "functions", textIn(given, "gcp_function_name")];
  const url = below(api, ["v2", "projects", project, ...place]);
  const answer = await withToken(accessTokens(given), signal, (token) =>
    sendRequest(url, { method: "GET", headers: { authorization: `Bearer ${token}` }, signal, tls: tlsIn(given) }),
  );
  if (!isSuccess(answer))
    throw new TransportError(`cannot find the function: ${describeResponse(answer, [answer.token])}`);
  const json = jsonOf(answer.body);
  // First-generation functions have `url` instead of `serviceConfig.uri`.
  const address = textAt(json, "serviceConfig", "uri") || textAt(json, "url");
  if (!URL.canParse(address)) throw new TransportError(`function ${nameOf(given)} has no HTTP trigger`);
  // The token must not be sent over an unencrypted connection.
  if (new URL(address).protocol !== "https:" && new URL(api).protocol === "https:")
    throw new TransportError(`function ${nameOf(given)} does not use HTTPS`);
  return address;
}
