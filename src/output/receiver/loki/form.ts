import { labelFields } from "../../../field/roles.ts";
import { eventJson, type Facts, fieldText, labelName } from "../../facts.ts";
import { addressUnder, basicAuth } from "../../transport/address.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import type { LokiKeys } from "../loki.ts";

/** Grafana Loki: one stream per set of labels. */
export function loki(keys: LokiKeys): HttpForm {
  const { hostport, endpoint, user, apikey, tenant, format, extralabels } = keys;
  return {
    name: "loki",
    urls: [addressUnder(hostport, endpoint)],
    headers: { ...(tenant !== "" && { "X-Scope-OrgID": tenant }), ...basicAuth(user, apikey) },
    secrets: [apikey],
    type: "application/json",
    maxAlerts: 500,
    body: (alerts) => JSON.stringify({ streams: streamsOf(alerts, format, extralabels) }),
  };
}

interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  /** Pairs of nanoseconds since the epoch and line. */
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
