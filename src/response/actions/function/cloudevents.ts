import type { Action, Parameter } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { choiceParameter, textIn, textParameter } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsParameters } from "../../server-parameters.ts";
import { addressText, call, callOnly, headersIn, headersParameter } from "./call.ts";
import { binaryForm, cloudEventOf, isExtensionName, structuredForm } from "./cloud-event.ts";

/** Posts an alert as a CloudEvent. */
export const action: Action = {
  name: "function:cloudevents",
  about:
    "Posts the alert as a CloudEvent (1.0) to a function, broker or channel, such as those of Knative. The event's `id` is that of the alert, its extensions are `priority`, `rule`, `eventsource` and `hostname`, and its data is the alert in JSON.",
  example: `url: http://broker-ingress.knative-eventing.svc.cluster.local/shop/default
extension_fields: {pod: k8s.pod.name}`,
  parameters: {
    url: addressParameter(
      "URL of the receiver, such as `http://broker-ingress.knative-eventing.svc.cluster.local/shop/default`.",
      {
        required: true,
      },
    ),
    mode: choiceParameter(
      "Content mode: attributes as headers (`binary`) or in a JSON object with the data (`structured`).",
      ["binary", "structured"],
      "binary",
    ),
    type: textParameter("The event's type.", { fallback: "falco.rule.output.v1" }),
    source: textParameter("The event's source.", { fallback: "https://falco.org" }),
    extensions: namesParameter("Additional extensions with fixed values.", "a value"),
    extension_fields: namesParameter(
      "Additional extensions with fields of the alert, such as `pod: k8s.pod.name`. Values are encoded as the specification requires.",
      "a field",
    ),
    ...secretParameters("token", "Bearer token."),
    headers: headersParameter("Additional headers."),
    ...tlsParameters,
  },
  ...callOnly,
  // Receivers deduplicate by source and ID (CloudEvents specification).
  repeatable: true,
  permissions: [
    "as the receiver requires: by default, Knative's broker requires no permissions; `token` and `client_cert` authenticate Eyas",
  ],
  fieldsIn: ({ extension_fields: fields }) => Object.values(namesIn(fields)),
  target: (_alert, parameters) => ({ target: `function ${addressText(textIn(parameters, "url"))}` }),
  run: (request) =>
    attempt(async () => {
      const { parameters: given } = request;
      const event = cloudEventOf(request, {
        source: textIn(given, "source"),
        type: textIn(given, "type"),
        extensions: namesIn(given.extensions),
        fields: namesIn(given.extension_fields),
      });
      const { headers, body } = given.mode === "structured" ? structuredForm(event) : binaryForm(event);
      const url = new URL(textIn(given, "url"));
      const token = secretIn(given, "token");
      const own = headersIn(given.headers);
      const secrets = [token, ...Object.values(own)];
      const shown: Record<string, string> = token === "" ? {} : { authorization: `Bearer ${token}` };
      return call(request, { url, headers: { ...own, ...shown, ...headers }, body, secrets, named: url.host });
    }),
};

function namesParameter(about: string, what: string): Parameter {
  return {
    about,
    takes: `names (lowercase letters and digits), each with ${what}`,
    check: (value) => (isNames(value) ? value : undefined),
  };
}

function isNames(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, text]) => isExtensionName(name) && typeof text === "string");
}

function namesIn(value: unknown): Readonly<Record<string, string>> {
  return isNames(value) ? value : {};
}
