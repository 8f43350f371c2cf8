import { type Facts, milliseconds, valueText } from "./facts.ts";
import { addressUnder, type HttpForm } from "./http-form.ts";

export interface GrafanaKeys {
  readonly hostport: string;
  readonly apikey: string;
  readonly dashboardid: number;
  readonly panelid: number;
  readonly allfieldsastags: boolean;
}

/** Grafana's annotations: a mark per alert in its dashboards' graphs. */
export function grafana(keys: GrafanaKeys): HttpForm | undefined {
  const { hostport, apikey } = keys;
  if (hostport === "") return undefined;
  return {
    name: "grafana",
    urls: [addressUnder(hostport, "/api/annotations")],
    headers: apikey === "" ? {} : { Authorization: `Bearer ${apikey}` },
    secrets: [apikey],
    most: 1,
    body: ([facts]) => JSON.stringify(facts === undefined ? {} : annotationOf(facts, keys)),
  };
}

function annotationOf(facts: Facts, { dashboardid, panelid, allfieldsastags }: GrafanaKeys): object {
  const { alert, hostname, fields } = facts;
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
    text: shown(alert.text),
  };
}

/** Grafana shows an annotation's text as HTML. */
function shown(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
