import { eventJson, type Facts, milliseconds, objectOf } from "./facts.ts";
import type { HttpForm } from "./http-form.ts";

export interface SplunkKeys {
  /** The whole address of the collector: `https://host:8088/services/collector/event`. */
  readonly host: string;
  readonly token: string;
}

/** Splunk's HTTP Event Collector: the events of a request stand one after the other. */
export function splunk({ host, token }: SplunkKeys): HttpForm | undefined {
  if (host === "") return undefined;
  return {
    name: "splunk",
    urls: [new URL(host)],
    headers: { Authorization: `Splunk ${token}` },
    secrets: [token],
    most: 500,
    body: (alerts) => alerts.map(eventOf).join("\n"),
    mendable: (body) => arrangements.has(objectOf(body).code),
    refusal(body) {
      const { code, text } = objectOf(body);
      return code === undefined || code === 0 ? undefined : `the collector says ${code}: ${text}`;
    },
  };
}

/** Codes that come with status 400 for what alerts don't hold: index, channel, acknowledgement, the way of signing in. */
const arrangements: ReadonlySet<unknown> = new Set([7, 10, 11, 14, 16]);

/** The source type is that of existing dashboards. */
function eventOf(facts: Facts): string {
  const { alert, hostname } = facts;
  const time = milliseconds(alert) / 1000;
  const around = { time, ...(hostname !== "" && { host: hostname }), source: "falco", sourcetype: "falcosidekick" };
  return `${JSON.stringify(around).slice(0, -1)},"event":${eventJson(facts)}}`;
}
