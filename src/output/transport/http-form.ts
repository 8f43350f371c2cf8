import type { Alert } from "../../alert/alert.ts";
import { factsOf } from "../alert-facts.ts";
import type { Facts } from "../facts.ts";
import { type Delivery, delivered, type Output } from "../output.ts";
import { secretsOf } from "./address.ts";
import { type SharedCertificates, tlsWith } from "./certificates.ts";
import { type Http, openHttp } from "./http.ts";
import { inGroups } from "./in-groups.ts";

/** Keys that all outputs over HTTP have; the names are Falcosidekick's where it has them. */
export interface HttpKeys {
  readonly checkcert: boolean;
  readonly mutualtls: boolean;
  readonly customheaders: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
}

/** How alerts are put into requests for a kind of receiver. What an output of this kind needs is all in here. */
export interface HttpForm {
  readonly name: string;
  /** Each gets every alert; one that takes it is enough. */
  readonly urls: readonly URL[];
  readonly method?: "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  /** Never shown in reasons, beside the addresses' paths. */
  readonly secrets?: readonly string[];
  readonly type?: string;
  readonly gzip?: boolean;
  /** How many alerts a request can take. */
  readonly maxAlerts: number;
  body(alerts: readonly Facts[]): string;
  /** Says what is wrong with an answer of success, where receivers say so in its body. */
  rejection?(body: string): string | undefined;
  /** Whether the body of a rejection says that an administrator has to fix something: the alerts are not at fault. */
  isPersistent?(body: string): boolean;
}

/** The output that sends alerts in this form. */
export function httpForm(form: HttpForm, keys: HttpKeys, certificates: SharedCertificates): Output {
  const http = openHttp(httpSettings(form, keys, certificates));
  return {
    name: form.name,
    remote: true,
    deliver: (batch) => inGroups(batch, form.maxAlerts, (group) => sendGroup(http, form, group)),
    reopen: http.reopen,
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
    const delivery = http.judge(answer);
    if (answer.status === undefined) return delivery;
    if (delivery.outcome === "rejected" && form.isPersistent?.(answer.body))
      return { outcome: "retry", reason: delivery.reason, persistent: true };
    if (delivery.outcome !== "delivered") return delivery;
    const reason = form.rejection?.(answer.body);
    return reason === undefined ? delivered : { outcome: "rejected", reason };
  });
  const deliveries = await Promise.all(answers);
  const rank = { delivered: 0, partly: 1, retry: 2, rejected: 3 } as const;
  return deliveries.reduce((best, one) => (rank[one.outcome] < rank[best.outcome] ? one : best));
}
