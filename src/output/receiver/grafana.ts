import { flag, number, type Settings, text, UNBOUNDED, webAddress } from "../../setting/shape.ts";
import { OPEN_ALERT } from "../alert-link.ts";
import { type Facts, milliseconds, valueText } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import { addressUnder } from "../transport/address.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  hostport: webAddress("Address of Grafana. Setting this key enables the output."),
  apikey: text("", "API key or token with permission to write annotations."),
  dashboardid: number(0, "ID of the dashboard for the annotations; 0: all dashboards.", [0, UNBOUNDED]),
  panelid: number(0, "ID of the panel for the annotations; 0: all panels.", [0, UNBOUNDED]),
  allfieldsastags: flag(false, "Add the values of all fields as tags."),
} as const;

export type GrafanaKeys = Settings<typeof keys>;

export const grafanaOutput = overHttp({
  name: "grafana",
  about: "Sends alerts to Grafana as annotations.",
  keys,
  enabledBy: "hostport",
  example: "hostport: https://grafana.example.org\napikey: ${GRAFANA_TOKEN}",
  form: grafana,
});

/** Grafana annotations: one per alert. */
export function grafana(keys: GrafanaKeys): HttpForm {
  const { hostport, apikey } = keys;
  return {
    name: "grafana",
    urls: [addressUnder(hostport, "/api/annotations")],
    headers: apikey === "" ? {} : { Authorization: `Bearer ${apikey}` },
    secrets: [apikey],
    maxAlerts: 1,
    body: ([facts]) => JSON.stringify(facts === undefined ? {} : annotationOf(facts, keys)),
  };
}

function annotationOf(facts: Facts, { dashboardid, panelid, allfieldsastags }: GrafanaKeys): object {
  const { alert, hostname, fields, link } = facts;
  const time = milliseconds(alert);
  return {
    ...(dashboardid > 0 && { dashboardId: dashboardid }),
    ...(panelid > 0 && { panelId: panelid }),
    time,
    timeEnd: time,
    tags: [
      "falco",
      alert.priority,
      alert.rule,
      alert.source,
      ...(hostname === "" ? [] : [hostname]),
      ...alert.tags,
      ...(allfieldsastags ? fields.map(valueText) : []),
    ],
    text: `${shown(alert.text)}${link === undefined ? "" : `<br><a href="${link}">${OPEN_ALERT}</a>`}`,
  };
}

/** Escapes HTML, which Grafana renders in annotations. */
function shown(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
