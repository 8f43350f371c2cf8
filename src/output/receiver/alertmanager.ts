import type { Alert } from "../../alert/alert.ts";
import { dictionary, ignored, number, type Settings, text, UNBOUNDED, webAddresses } from "../../setting/shape.ts";
import { type Facts, labelName, milliseconds, valueText } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import { addressUnder } from "../transport/address.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  hostport: webAddresses("Addresses of all its members; enable the output."),
  endpoint: text("/api/v2/alerts", "Path below each address."),
  expiresafter: number(0, "Seconds until an alert counts as resolved; 0: Alertmanager decides.", [0, UNBOUNDED]),
  extralabels: dictionary("Labels of every alert."),
  extraannotations: dictionary("Annotations of every alert."),
  dropeventdefaultpriority: ignored(
    "alerts about dropped events have the priority of their rule",
    text("critical", ""),
  ),
  dropeventthresholds: ignored("alerts about dropped events have the priority of their rule", text("", "")),
  customseveritymap: dictionary("The label `severity` by priority (in lower case), in place of the default."),
} as const;

export type AlertmanagerKeys = Settings<typeof keys>;

export const alertmanagerOutput = overHttp({
  name: "alertmanager",
  about: "Alerts to Prometheus Alertmanager.",
  keys,
  enabledBy: "hostport",
  example: "hostport: [http://alertmanager-0:9093, http://alertmanager-1:9093]",
  form: alertmanager,
});

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
export function alertmanager(keys: AlertmanagerKeys): HttpForm {
  const { hostport, endpoint } = keys;
  return {
    name: "alertmanager",
    urls: hostport.map((each) => addressUnder(each, endpoint)),
    maxAlerts: 100,
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
