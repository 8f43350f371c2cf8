import { type Settings, webAddress, word } from "../../setting/shape.ts";
import { eventJson } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  address: webAddress("URL of the receiver. Setting this key enables the output."),
  method: word(["POST", "PUT"], "POST", "HTTP method."),
} as const;

export type WebhookKeys = Settings<typeof keys>;

export const webhookOutput = overHttp({
  name: "webhook",
  about: "Sends alerts as JSON to any URL.",
  keys,
  enabledBy: "address",
  example: "address: https://example.org/alerts\ncustomheaders: {X-Team: blue}",
  form: webhook,
});

/** Sends one request per alert to any URL, with Falco's JSON and a `uuid`. */
export function webhook({ address, method }: WebhookKeys): HttpForm {
  return {
    name: "webhook",
    urls: [new URL(address)],
    method,
    maxAlerts: 1,
    body: ([facts]) => (facts === undefined ? "{}" : eventJson(facts)),
  };
}
