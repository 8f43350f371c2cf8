import { eventJson } from "./facts.ts";
import type { HttpForm } from "./http-form.ts";

export interface WebhookKeys {
  readonly address: string;
  readonly method: "POST" | "PUT";
}

/** Any web address: a request per alert, whose body is the alert in Falco's JSON with a `uuid`. */
export function webhook({ address, method }: WebhookKeys): HttpForm | undefined {
  if (address === "") return undefined;
  return {
    name: "webhook",
    urls: [new URL(address)],
    method,
    most: 1,
    body: ([facts]) => (facts === undefined ? "{}" : eventJson(facts)),
  };
}
