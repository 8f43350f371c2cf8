import { TransportError } from "../../../transport/http/error.ts";
import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { textIn } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsParameters } from "../../server-parameters.ts";
import { call, callOnly, headersIn, headersParameter } from "../function/call.ts";
import { signatureOf } from "./signature.ts";

/** Posts an alert so that the receiver can tell who sent it, and when. */
export const action: Action = {
  name: "webhook:signed",
  about:
    "Posts the alert as JSON, signed: `webhook-signature` is an HMAC-SHA256 over `webhook-id`, `webhook-timestamp` and the body, as Standard Webhooks (v1) has it. `webhook-id` and `Idempotency-Key` are the same for each try of one action for one alert.",
  parameters: {
    url: { ...addressParameter("Where to.", { required: true }), secret: true },
    ...secretParameters(
      "secret",
      "What both sides know; after `whsec_` it is Base64. During a change several count, separated by blanks: each signs.",
    ),
    headers: headersParameter("Further headers."),
    ...tlsParameters,
  },
  ...callOnly,
  // The id tells the receiver.
  repeatable: true,
  permissions: ["None but the secret"],
  target: (_alert, parameters) => ({ target: `webhook at ${new URL(textIn(parameters, "url")).host}` }),
  run: (request) =>
    attempt(async () => {
      const { parameters: given, alert, key } = request;
      const keys = secretIn(given, "secret").split(/\s+/).filter(Boolean);
      if (keys.length === 0)
        throw new TransportError("there is no secret to sign with; `secret` or `secret_file` can name one");
      const url = new URL(textIn(given, "url"));
      const own = headersIn(given.headers);
      const now = Math.floor(Date.now() / 1000);
      const headers = {
        ...own,
        "webhook-id": key,
        "webhook-timestamp": String(now),
        "webhook-signature": keys.map((secret) => signatureOf(secret, key, now, alert.json)).join(" "),
      };
      const secrets = [...keys, ...Object.values(own)];
      return call(request, { url, headers, body: alert.json, secrets, named: url.host });
    }),
};
