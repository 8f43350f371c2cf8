import { notifierOutputs } from "../../alert/notifier-outputs.ts";

/** The notifier that creates Events in the cluster. All other notifiers are outputs. */
export const CLUSTER_EVENTS = "k8sevents";

/** Allowed names in `notifiers`, in rules and in the configuration. */
export const notifierNames: readonly string[] = [CLUSTER_EVENTS, ...notifierOutputs];

/** How Eyas supports a parameter of Talon's notifiers. */
export interface NotifierParameter {
  /** The corresponding key in the configuration of the output; absent if there is none. */
  readonly key?: string;
  /** The difference from Talon, or a replacement. If absent, the key has the same effect as the parameter. */
  readonly use?: string;
}

const customHeaders: NotifierParameter = { key: "customheaders" };
const layout = "with `layout: falcosidekick`; by default, results are documents of a data stream";

/** Parameters of notifiers in Talon's configuration, by notifier. */
export const notifierParameters: Readonly<Record<string, Readonly<Record<string, NotifierParameter>>>> = {
  k8sevents: {},
  slack: {
    webhook_url: { key: "webhookurl" },
    icon: { key: "icon" },
    username: { key: "username", use: "`Eyas` by default" },
    footer: { key: "footer", use: "empty by default" },
    format: { key: "outputformat", use: "`all` is `long`, `text` is `short`" },
  },
  smtp: {
    host_port: { key: "hostport" },
    from: { key: "from" },
    to: { key: "to" },
    user: { key: "user" },
    password: { key: "password" },
    format: { key: "outputformat" },
    tls: { key: "tls", use: "true by default" },
  },
  webhook: {
    url: { key: "address" },
    http_method: { key: "method", use: "`POST` or `PUT`" },
    custom_headers: customHeaders,
    content_type: { use: "it is `application/json`" },
    user_agent: { use: "`User-Agent` in `customheaders`" },
  },
  loki: {
    url: { key: "hostport" },
    user: { key: "user" },
    api_key: { key: "apikey" },
    tenant: { key: "tenant" },
    custom_headers: customHeaders,
  },
  elasticsearch: {
    url: { key: "hostport" },
    user: { key: "username" },
    password: { key: "password" },
    index: { key: "index", use: layout },
    suffix: { key: "suffix", use: layout },
    number_of_shards: { key: "numberofshards", use: "1 by default" },
    number_of_replicas: { key: "numberofreplicas", use: "1 by default" },
    create_index_template: { key: "createindextemplate" },
    custom_headers: customHeaders,
  },
};

/**
 * Returns whether the key of the output has the same effect as Talon's parameter, a different effect, or does not
 * exist.
 */
export function notifierVerdict({ key, use }: NotifierParameter): "same" | "different" | "absent" {
  if (key === undefined) return "absent";
  return use === undefined ? "same" : "different";
}
