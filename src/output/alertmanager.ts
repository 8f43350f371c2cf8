import type { Alert } from "../alert/alert.ts";
import { type Facts, milliseconds, valueText } from "./facts.ts";
import { addressUnder, type HttpForm } from "./http-form.ts";
import { labelName } from "./loki.ts";

export interface AlertmanagerKeys {
  /** All members of a cluster. */
  readonly hostport: readonly string[];
  readonly endpoint: string;
  /** Seconds after which an alert counts as resolved; 0: when Alertmanager decides so. */
  readonly expiresafter: number;
  readonly extralabels: Readonly<Record<string, string>>;
  readonly extraannotations: Readonly<Record<string, string>>;
  /** Severities for priorities (lower case) in place of the usual ones. */
  readonly customseveritymap: Readonly<Record<string, string>>;
}

const severityOf: Readonly<Record<Alert["priority"], string>> = {
  Emergency: "critical",
  Alert: "critical",
  Critical: "critical",
  Error: "warning",
  Warning: "warning",
  Notice: "information",
  Informational: "information",
  Debug: "information",
};

/** Prometheus Alertmanager, API version 2. Every member of a cluster gets every alert, as from Prometheus. */
export function alertmanager(keys: AlertmanagerKeys): HttpForm | undefined {
  const { hostport, endpoint } = keys;
  if (hostport.length === 0) return undefined;
  return {
    name: "alertmanager",
    urls: hostport.map((each) => addressUnder(each, endpoint)),
    most: 100,
    body: (alerts) => JSON.stringify(alerts.map((facts) => alertOf(facts, keys))),
  };
}

function alertOf(
  facts: Facts,
  { expiresafter, extralabels, extraannotations, customseveritymap }: AlertmanagerKeys,
): object {
  const { alert, hostname, fields, isoTime } = facts;
  const labels: Record<string, string> = {};
  for (const field of fields) labels[labelName(field.name)] ??= valueText(field);
  Object.assign(labels, {
    source: "falco",
    rule: alert.rule,
    alertname: alert.rule,
    eventsource: alert.source,
    priority: alert.priority,
    severity: customseveritymap[alert.priority.toLowerCase()] ?? severityOf[alert.priority],
    ...(hostname !== "" && { hostname }),
    ...(alert.tags.length > 0 && { tags: alert.tags.join(",") }),
    ...extralabels,
  });
  const end = new Date(milliseconds(alert) + expiresafter * 1000).toISOString();
  return {
    labels,
    annotations: {
      info: alert.text,
      description: alert.text,
      summary: alert.rule,
      ...extraannotations,
    },
    startsAt: isoTime,
    ...(expiresafter > 0 && { endsAt: end }),
  };
}
