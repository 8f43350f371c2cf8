import { labelFields } from "../../field/roles.ts";
import { type Settings, text, texts, webAddress, word } from "../../setting/shape.ts";
import { eventJson, type Facts, fieldText } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import { addressUnder, basicAuth } from "../transport/address.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  hostport: webAddress("Address of Loki; switches it on."),
  endpoint: text("/loki/api/v1/push", "The path below the address."),
  user: text("", "A user."),
  apikey: text("", "The user's key or password."),
  tenant: text("", "The tenant (`X-Scope-OrgID`)."),
  format: word(["text", "json"], "text", "The lines: the alert's text, or all of it as JSON."),
  extralabels: texts("Fields that become labels, beside rule, priority, source, hostname, tags, namespace and pod."),
} as const;

export type LokiKeys = Settings<typeof keys>;

export const lokiOutput = overHttp({
  name: "loki",
  about: "Alerts to Grafana Loki.",
  keys,
  enabledBy: "hostport",
  example: "hostport: http://loki:3100\nformat: json\nextralabels: [container.name]",
  form: loki,
});

/** Grafana Loki: alerts with the same labels are one stream. */
export function loki(keys: LokiKeys): HttpForm {
  const { hostport, endpoint, user, apikey, tenant, format, extralabels } = keys;
  return {
    name: "loki",
    urls: [addressUnder(hostport, endpoint)],
    headers: { ...(tenant !== "" && { "X-Scope-OrgID": tenant }), ...basicAuth(user, apikey) },
    secrets: [apikey],
    type: "application/json",
    most: 500,
    body: (alerts) => JSON.stringify({ streams: streamsOf(alerts, format, extralabels) }),
  };
}

interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch, and the line. */
  readonly values: (readonly [string, string])[];
}

function streamsOf(alerts: readonly Facts[], format: "text" | "json", extra: readonly string[]): Stream[] {
  const streams = new Map<string, Stream>();
  for (const facts of alerts) {
    const stream = labelsOf(facts, extra);
    const key = JSON.stringify(stream);
    const found = streams.get(key) ?? { stream, values: [] };
    streams.set(key, found);
    found.values.push([String(facts.alert.time), format === "json" ? eventJson(facts) : facts.alert.text]);
  }
  return [...streams.values()];
}

function labelsOf(facts: Facts, extra: readonly string[]): Record<string, string> {
  const { alert, hostname } = facts;
  const labels: Record<string, string> = { rule: alert.rule, source: alert.source, priority: alert.priority };
  const more: (readonly [string, string | undefined])[] = [
    ...labelFields.map((name) => [labelName(name), fieldText(facts, name)] as const),
    ["hostname", hostname],
    ["tags", alert.tags.join(",")],
    ...extra.map((name) => [labelName(name), fieldText(facts, name)] as const),
  ];
  for (const [name, value] of more) if (value !== undefined && value !== "" && !(name in labels)) labels[name] = value;
  return labels;
}

/** A label's name for a field's: `proc.aname[2]` is `proc_aname_2`. */
export function labelName(field: string): string {
  const name = field.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^\d/.test(name) ? `_${name}` : name;
}
