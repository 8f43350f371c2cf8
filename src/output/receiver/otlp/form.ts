import { type Facts, objectOf } from "../../facts.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import { byResource } from "./resource.ts";

/** Keys that every OTLP output has. */
interface OtlpKeys {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly enablecompression: boolean;
}

/** The differences between the signals of OTLP. */
interface Signal {
  readonly name: string;
  /** Path of an endpoint without one. */
  readonly path: string;
  /** Name of the requests' list of resources, and of the scopes in each. */
  readonly resources: string;
  readonly scopes: string;
  /** Name of a scope's list of items, and of the number of rejected ones in a response. */
  readonly items: string;
  readonly rejected: string;
  /** Noun for items in messages. */
  readonly noun: string;
  item(facts: Facts): object;
}

/** A signal of OpenTelemetry over HTTP, in JSON: an item per alert. */
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
      return count > 0 ? `${count} ${signal.noun} rejected: ${answer.errorMessage ?? ""}` : undefined;
    },
  };
}
