import { TransportError } from "../../../transport/http/error.ts";
import { describeResponse, isSuccess, sendRequest } from "../../../transport/http/send.ts";
import { keptFor, withToken } from "../../../transport/http/tokens.ts";
import { below } from "../../../transport/http/url.ts";
import { jsonOf, textAt } from "../../../transport/json.ts";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { numberIn, numberParameter, textIn, textParameter } from "../../parameters.ts";
import { addressParameter, tlsIn } from "../../server-parameters.ts";
import { callOnly } from "./call.ts";
import { accessTokens, gcpParameters, idTokens, projectOf } from "./gcp-access.ts";
import { callWithToken } from "./gcp-call.ts";

/** Calls a function of Google Cloud. */
export const action: Action = {
  name: "gcp:function",
  about:
    "Calls a function of Google Cloud with the alert as JSON and an ID token. Its address is asked of the Cloud Functions API (v2), every five minutes.",
  parameters: {
    gcp_function_name: textParameter("The function.", { required: true }),
    gcp_function_location: textParameter("Its region, like `europe-west1`.", { required: true }),
    gcp_function_timeout: numberParameter(
      "Seconds that it may take; the action's own `timeout` counts, too.",
      30,
      [1, 3600],
    ),
    gcp_project: textParameter("Its project. Absent: that of the account, or of the machine."),
    ...gcpParameters,
    functions_api: addressParameter("Where that API is.", { fallback: "https://cloudfunctions.googleapis.com" }),
  },
  ...callOnly,
  permissions: [
    "`cloudfunctions.functions.get` (`roles/cloudfunctions.viewer`) on the function",
    "`run.routes.invoke` (`roles/run.invoker`) on its service; of the first generation: `cloudfunctions.functions.invoke` (`roles/cloudfunctions.invoker`)",
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

/** Milliseconds for which a function is taken to be where it was. */
const KNOWN = 300_000;
const known = keptFor((_given: readonly unknown[]): { address: string; until: number } => ({ address: "", until: 0 }));
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
    place.until = performance.now() + KNOWN;
  }
  const { address } = place;
  const result = await callWithToken(request, new URL(address), idTokens(given, address), `function ${nameOf(given)}`);
  if (result.outcome !== "done") place.until = 0;
  return result;
}

/** @throws TransportError */
async function addressOf({ parameters: given, signal }: ActionRequest, api: string, project: string): Promise<string> {
  const place = ["locations", textIn(given, "gcp_function_location"), "functions", textIn(given, "gcp_function_name")];
  const url = below(api, ["v2", "projects", project, ...place]);
  const answer = await withToken(accessTokens(given), signal, (token) =>
    sendRequest(url, { method: "GET", headers: { authorization: `Bearer ${token}` }, signal, tls: tlsIn(given) }),
  );
  if (!isSuccess(answer))
    throw new TransportError(`the function was not found: ${describeResponse(answer, [answer.token])}`);
  const json = jsonOf(answer.body);
  // The second is what functions of the first generation have.
  const address = textAt(json, "serviceConfig", "uri") || textAt(json, "url");
  if (!URL.canParse(address))
    throw new TransportError(`function ${nameOf(given)} has no address: it is not called over HTTP`);
  // Over anything else a token would be seen by others.
  if (new URL(address).protocol !== "https:" && new URL(api).protocol === "https:")
    throw new TransportError(`function ${nameOf(given)} is not reached by HTTPS`);
  return address;
}
