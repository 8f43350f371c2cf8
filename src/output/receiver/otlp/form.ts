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

/** An OpenTelemetry signal over HTTP in JSON: one item per alert. */
export function otlpForm({ endpoint, headers, enablecompression }: OtlpKeys, signal: Signal): HttpForm {
  const url = new URL(endpoint);
  if (url.pathname === "/") url.pathname = signal.path;
  return {
    name: signal.name,
    urls: [url],
    headers,
    secrets: Object.values(headers),
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
    rejection(body) {
      const answer = objectOf(JSON.stringify(objectOf(body).partialSuccess ?? {}));
      const count = Number(answer[signal.rejected] ?? 0);
      return count > 0 ? `${signal.noun} rejected (${count}): ${answer.errorMessage ?? ""}` : undefined;
    },
  };
}
