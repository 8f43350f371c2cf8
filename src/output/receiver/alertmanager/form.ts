import type { Alert } from "../../../alert/alert.ts";
import { type Facts, labelName, milliseconds, valueText } from "../../facts.ts";
import { addressUnder } from "../../transport/address.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import type { AlertmanagerKeys } from "../alertmanager.ts";
import { dropLabels } from "./drops.ts";

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

/** Prometheus Alertmanager, API version 2. Sends every alert to every member of a cluster, as Prometheus does. */
export function alertmanager(keys: AlertmanagerKeys): HttpForm {
  const { hostport, endpoint } = keys;
  return {
    name: "alertmanager",
    urls: hostport.map((each) => addressUnder(each, endpoint)),
    maxAlerts: 100,
    body: (alerts) => JSON.stringify(alerts.map((facts) => alertOf(facts, keys))),
  };
}

function alertOf(facts: Facts, keys: AlertmanagerKeys): object {
  const { expiresafter, extralabels, extraannotations, customseveritymap } = keys;
  const { alert, hostname, isoTime, link } = facts;
  const { labels: drops, fields, priority } = dropLabels(facts, keys);
  const labels: Record<string, string> = { ...drops };
  for (const field of fields) labels[labelName(field.name)] ??= valueText(field);
  Object.assign(labels, {
    source: "falco",
    rule: alert.rule,
    alertname: alert.rule,
    eventsource: alert.source,
    priority,
    severity: customseveritymap[priority.toLowerCase()] ?? severityOf[priority],
    ...(hostname !== "" && { hostname }),
    ...(alert.tags.length > 0 && { tags: alert.tags.join(",") }),
    ...extralabels,
  });
  // Alertmanager accepts an alert whose end is in the past, but does not notify about it.
  const end = Math.max(milliseconds(alert), Date.now()) + expiresafter * 1000;
  return {
    labels,
    annotations: {
      info: alert.text,
      description: alert.text,
      summary: alert.rule,
      ...extraannotations,
    },
    startsAt: isoTime,
    ...(link !== undefined && { generatorURL: link }),
    ...(expiresafter > 0 && { endsAt: new Date(end).toISOString() }),
  };
}
