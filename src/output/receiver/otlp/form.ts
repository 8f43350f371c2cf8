import { excerpt, withoutSecrets } from "../../../transport/text.ts";
import { type Facts, objectOf } from "../../facts.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import { byResource } from "./resource.ts";

/** Keys of all OTLP outputs. */
interface OtlpKeys {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly enablecompression: boolean;
}

/** Differences between OTLP signals. */
interface Signal {
  readonly name: string;
  /** Default path of the endpoint. */
  readonly path: string;
  /** JSON keys of a request's resources, and of the scopes of a resource. */
  readonly resources: string;
  readonly scopes: string;
  /** JSON keys of a scope's items, and of the number of rejected items in a response. */
  readonly items: string;
  readonly rejected: string;
  /** Noun for the items in messages. */
  readonly noun: string;
  item(facts: Facts): object;
}

/** Minimum interval between warnings about rejected items, in milliseconds. */
const WARNING_INTERVAL = 10_000;

/** An OpenTelemetry signal over HTTP in JSON: one item per alert. */
export function otlpForm({ endpoint, headers, enablecompression }: OtlpKeys, signal: Signal): HttpForm {
  const url = new URL(endpoint);
  if (url.pathname === "/") url.pathname = signal.path;
  const secrets = Object.values(headers);
  /** Number of rejected items that no warning has reported yet, and the last reason. */
  let [unreported, reason] = [0, ""];
  let nextWarning = Number.NEGATIVE_INFINITY;
  return {
    name: signal.name,
    urls: [url],
    headers,
    secrets,
    type: "application/json",
    gzip: enablecompression,
    maxAlerts: 500,
    body: (alerts) =>
      JSON.stringify({
        [signal.resources]: byResource(alerts).map(({ resource, scope, group }) => ({
          resource,
          [signal.scopes]: [{ scope, [signal.items]: group.map(signal.item) }],
        })),
      }),
    rejection(body, alerts) {
      const answer = objectOf(JSON.stringify(objectOf(body).partialSuccess ?? {}));
      const count = Number(answer[signal.rejected] ?? 0);
      if (!(count > 0)) return undefined;
      reason = excerpt(withoutSecrets(String(answer.errorMessage ?? ""), secrets));
      if (count >= alerts) return `${signal.noun} rejected (${count}): ${reason}`;
      // The response does not state which items were rejected. Sending all items again would duplicate accepted items,
      // and the specification forbids this.
      unreported += count;
      return undefined;
    },
    warnings() {
      if (unreported === 0 || performance.now() < nextWarning) return [];
      nextWarning = performance.now() + WARNING_INTERVAL;
      const sentence = `the receiver accepted requests without some of their ${signal.noun} (${unreported}): ${reason}`;
      unreported = 0;
      return [sentence];
    },
  };
}
