import type { Alert } from "../../alert/alert.ts";
import { type Settings, text, webAddress, word } from "../../setting/shape.ts";
import { cut, eventJson, type Facts } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  routingkey: text("", "Integration key. Setting this key enables the output."),
  region: word(["us", "eu"], "us", "Region of the account."),
  address: webAddress("Address of a relay, instead of PagerDuty's address."),
} as const;

export type PagerdutyKeys = Settings<typeof keys>;

export const pagerdutyOutput = overHttp({
  name: "pagerduty",
  about: "Sends alerts to PagerDuty, as events.",
  keys,
  enabledBy: "routingkey",
  example: "routingkey: ${PAGERDUTY_KEY}\nregion: eu\nminimumpriority: critical",
  form: pagerduty,
});

const addressOf = {
  us: "https://events.pagerduty.com/v2/enqueue",
  eu: "https://events.eu.pagerduty.com/v2/enqueue",
} as const;
const severityOf: Readonly<Record<Alert["priority"], "critical" | "error" | "warning" | "info">> = {
  Emergency: "critical",
  Alert: "critical",
  Critical: "critical",
  Error: "error",
  Warning: "warning",
  Notice: "info",
  Informational: "info",
  Debug: "info",
};
/** Size in bytes from which details are reduced to ID and rule. PagerDuty accepts events of up to 512 kB. */
const MOST_DETAILS = 300_000;
/** Maximum length of a summary, in characters. */
const LONGEST_SUMMARY = 1024;

/** PagerDuty Events API, version 2: one event per alert. Repeated deliveries of an alert update the same incident. */
export function pagerduty({ routingkey, region, address }: PagerdutyKeys): HttpForm {
  return {
    name: "pagerduty",
    urls: [new URL(address === "" ? addressOf[region] : address)],
    secrets: [routingkey],
    maxAlerts: 1,
    isPersistent: (body) => body.includes("routing_key"),
    body: ([facts]) => (facts === undefined ? "{}" : eventOf(facts, routingkey)),
  };
}

function eventOf(facts: Facts, routingkey: string): string {
  const { alert, hostname, id, key, isoTime, link } = facts;
  const event = {
    routing_key: routingkey,
    event_action: "trigger",
    dedup_key: key,
    client: "Eyas",
    ...(link !== undefined && { client_url: link }),
    payload: {
      source: hostname === "" ? "falco" : hostname,
      summary: cut(alert.text, LONGEST_SUMMARY),
      severity: severityOf[alert.priority],
      timestamp: isoTime,
      component: alert.source,
      class: alert.rule,
    },
  };
  const whole = eventJson(facts);
  const details = Buffer.byteLength(whole) < MOST_DETAILS ? whole : JSON.stringify({ uuid: id, rule: alert.rule });
  return `${JSON.stringify(event).slice(0, -2)},"custom_details":${details}}}`;
}
