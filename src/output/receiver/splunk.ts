import { type Settings, text, webAddress } from "../../setting/shape.ts";
import { eventJson, type Facts, milliseconds, objectOf } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  host: webAddress("Full address of the collector. Setting this key enables the output."),
  token: text("", "The collector's token."),
} as const;

export type SplunkKeys = Settings<typeof keys>;

export const splunkOutput = overHttp({
  name: "splunk",
  about: "Sends alerts to Splunk's HTTP Event Collector.",
  keys,
  enabledBy: "host",
  example: "host: https://splunk.example.org:8088/services/collector/event\ntoken: ${SPLUNK_TOKEN}",
  form: splunk,
});

/** Splunk HTTP Event Collector: a request is a sequence of events. */
export function splunk({ host, token }: SplunkKeys): HttpForm {
  return {
    name: "splunk",
    urls: [new URL(host)],
    headers: { Authorization: `Splunk ${token}` },
    secrets: [token],
    maxAlerts: 500,
    body: (alerts) => alerts.map(eventOf).join("\n"),
    isPersistent: (body) => arrangements.has(objectOf(body).code),
    rejection(body) {
      const { code, text } = objectOf(body);
      return code === undefined || code === 0 ? undefined : `the collector reports ${code}: ${text}`;
    },
  };
}

/** Codes with status 400 that are not caused by alerts: index, channel, acknowledgement, authentication. */
const arrangements: ReadonlySet<unknown> = new Set([7, 10, 11, 14, 16]);

/** Converts an alert to an event. Existing dashboards rely on the source type. */
function eventOf(facts: Facts): string {
  const { alert, hostname } = facts;
  const time = milliseconds(alert) / 1000;
  const around = { time, ...(hostname !== "" && { host: hostname }), source: "falco", sourcetype: "falcosidekick" };
  return `${JSON.stringify(around).slice(0, -1)},"event":${eventJson(facts)}}`;
}
