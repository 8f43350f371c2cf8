import { type Settings, webAddress, word } from "../../setting/shape.ts";
import { eventJson } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  address: webAddress("The address; switches it on."),
  method: word(["POST", "PUT"], "POST", "How."),
} as const;

export type WebhookKeys = Settings<typeof keys>;

export const webhookOutput = overHttp({
  name: "webhook",
  about: "Alerts as JSON to any web address.",
  keys,
  enabledBy: "address",
  example: "address: https://example.org/alerts\ncustomheaders: {X-Team: blue}",
  form: webhook,
});

/** Any web address: a request per alert, whose body is the alert in Falco's JSON with a `uuid`. */
export function webhook({ address, method }: WebhookKeys): HttpForm {
  return {
    name: "webhook",
    urls: [new URL(address)],
    method,
    maxAlerts: 1,
    body: ([facts]) => (facts === undefined ? "{}" : eventJson(facts)),
  };
}
