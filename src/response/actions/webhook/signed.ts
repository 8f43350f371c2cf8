import { TransportError } from "../../../transport/http/error.ts";
import type { Action } from "../../action.ts";
import { attempt } from "../../attempt.ts";
import { textIn } from "../../parameters.ts";
import { addressParameter, secretIn, secretParameters, tlsParameters } from "../../server-parameters.ts";
import { call, callOnly, headersIn, headersParameter } from "../function/call.ts";
import { signatureOf } from "./signature.ts";

/** Posts an alert to a webhook with a signature. */
export const action: Action = {
  name: "webhook:signed",
  about:
    "Posts the alert in JSON with a Standard Webhooks signature (v1): `webhook-signature` is an HMAC-SHA256 over `webhook-id`, `webhook-timestamp` and the body. `webhook-id` and `Idempotency-Key` are the same for all attempts of an action for an alert.",
  example: `url: https://chat.example.org/hooks/security
secret: \${WEBHOOK_SECRET}`,
  parameters: {
    url: { ...addressParameter("URL of the webhook.", { required: true }), secret: true },
    ...secretParameters(
      "secret",
      "Shared secret, in Base64 after `whsec_`. Several secrets separated by spaces each add a signature, for rotation.",
    ),
    headers: headersParameter("Additional headers."),
    ...tlsParameters,
  },
  ...callOnly,
  // Receivers deduplicate by ID.
  repeatable: true,
  permissions: ["the shared secret"],
  target: (_alert, parameters) => ({ target: `webhook at ${new URL(textIn(parameters, "url")).host}` }),
  run: (request) =>
    attempt(async () => {
      const { parameters: given, alert, key } = request;
      const keys = secretIn(given, "secret").split(/\s+/).filter(Boolean);
      if (keys.length === 0) throw new TransportError("no signing secret is configured: set `secret` or `secret_file`");
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
