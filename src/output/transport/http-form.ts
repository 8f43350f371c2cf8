import type { Alert } from "../../alert/alert.ts";
import { factsOf } from "../alert-facts.ts";
import type { Facts } from "../facts.ts";
import { type Delivery, delivered, type Output } from "../output.ts";
import { secretsOf } from "./address.ts";
import { type SharedCertificates, tlsWith } from "./certificates.ts";
import { type Http, openHttp } from "./http.ts";
import { inGroups } from "./in-groups.ts";

/** Keys of all outputs over HTTP, named as in Falcosidekick where it has them. */
export interface HttpKeys {
  readonly checkcert: boolean;
  readonly mutualtls: boolean;
  readonly customheaders: Readonly<Record<string, string>>;
  /** Request timeout, in milliseconds. */
  readonly timeout: number;
}

/** Defines how an output builds requests and interprets responses. */
export interface HttpForm {
  readonly name: string;
  /** Addresses. Every alert is sent to all addresses. Delivery succeeds if one of them accepts the alert. */
  readonly urls: readonly URL[];
  readonly method?: "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  /** Secrets in addition to the secrets in the addresses. */
  readonly secrets?: readonly string[];
  readonly type?: string;
  readonly gzip?: boolean;
  /** Maximum number of alerts per request. */
  readonly maxAlerts: number;
  body(alerts: readonly Facts[]): string;
  /**
   * Returns the rejection in a successful response, for receivers that report errors in the body.
   * @param alerts number of alerts in the request
   */
  rejection?(body: string, alerts: number): string | undefined;
  /** Warnings about delivered alerts; each is returned once. */
  warnings?(): readonly string[];
  /** Whether an administrator must fix the cause of a rejection. If so, the alerts are retried. */
  isPersistent?(body: string): boolean;
}

/** Creates an output from the definition of its requests. */
export function httpForm(form: HttpForm, keys: HttpKeys, certificates: SharedCertificates): Output {
  const http = openHttp(httpSettings(form, keys, certificates));
  return {
    name: form.name,
    remote: true,
    deliver(batch) {
      // After a rejected group, the remaining alerts are rejected without being sent. The queue sends all rejected
      // alerts again in smaller batches.
      let rejection: Delivery | undefined;
      return inGroups(batch, form.maxAlerts, async (group) => {
        if (rejection !== undefined) return rejection;
        const delivery = await sendGroup(http, form, group);
        if (delivery.outcome === "rejected" && group.length > 1) rejection = delivery;
        return delivery;
      });
    },
    reopen: http.reopen,
    ...(form.warnings && { warnings: form.warnings }),
    async close() {
      http.reopen();
    },
  };
}

export function httpSettings(
  form: Pick<HttpForm, "headers" | "secrets" | "gzip" | "urls">,
  { checkcert, mutualtls, customheaders, timeout }: HttpKeys,
  certificates: SharedCertificates,
) {
  return {
    timeout,
    gzip: form.gzip ?? false,
    headers: { ...form.headers, ...customheaders },
    secrets: [...(form.secrets ?? []), ...Object.values(customheaders), ...form.urls.flatMap(secretsOf)],
    tls: tlsWith(certificates, { checkcert, mutualtls }),
  };
}

async function sendGroup(http: Http, form: HttpForm, group: readonly Alert[]): Promise<Delivery> {
  const { method, type, urls } = form;
  const body = form.body(group.map(factsOf));
  const answers = urls.map(async (url): Promise<Delivery> => {
    const answer = await http.send({ url, body, ...(method && { method }), ...(type && { type }) });
    const delivery = http.classify(answer);
    if (answer.status === undefined) return delivery;
    if (delivery.outcome === "rejected" && form.isPersistent?.(answer.body))
      return { outcome: "retry", reason: delivery.reason, persistent: true };
    if (delivery.outcome !== "delivered") return delivery;
    const reason = form.rejection?.(answer.body, group.length);
    return reason === undefined ? delivered : { outcome: "rejected", reason };
  });
  const deliveries = await Promise.all(answers);
  const rank = { delivered: 0, partly: 1, retry: 2, rejected: 3 } as const;
  return deliveries.reduce((best, one) => (rank[one.outcome] < rank[best.outcome] ? one : best));
}
