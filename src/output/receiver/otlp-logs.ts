import type { Alert } from "../../alert/alert.ts";
import { dictionary, flag, ignored, type Settings, text, webAddress } from "../../setting/shape.ts";
import { type Facts, type Field, objectOf, valueText } from "../facts.ts";
import { overHttp } from "../over-http.ts";
import type { HttpForm } from "../transport/http-form.ts";

const keys = {
  endpoint: webAddress("Address of the receiver, with its path (`/v1/logs` if there is none); enables the output."),
  headers: dictionary("Headers of requests, such as a key."),
  enablecompression: flag(false, "Send requests compressed."),
  protocol: ignored(
    "records are sent over HTTP in JSON, which collectors accept on port 4318",
    text("http/protobuf", ""),
  ),
  synced: ignored("each request waits for its answer", flag(true, "")),
  tls: ignored("an endpoint that begins with https:// uses TLS", flag(false, "")),
  extraenvvars: ignored("use timeout and headers", dictionary("")),
} as const;

export type OtlpLogsKeys = Settings<typeof keys>;

export const otlpLogsOutput = overHttp({
  name: "otlp.logs",
  about: "Alerts as OpenTelemetry logs, over HTTP in JSON.",
  keys,
  enabledBy: "endpoint",
  example: "endpoint: http://collector:4318",
  form: otlpLogs,
});

/** OpenTelemetry's numbers and names of severities. */
const severityOf: Readonly<Record<Alert["priority"], readonly [number, string]>> = {
  Emergency: [24, "FATAL4"],
  Alert: [22, "FATAL2"],
  Critical: [21, "FATAL"],
  Error: [17, "ERROR"],
  Warning: [13, "WARN"],
  Notice: [10, "INFO2"],
  Informational: [9, "INFO"],
  Debug: [5, "DEBUG"],
};

/** OpenTelemetry logs over HTTP, in JSON: a record per alert. */
export function otlpLogs({ endpoint, headers, enablecompression }: OtlpLogsKeys): HttpForm {
  const url = new URL(endpoint);
  if (url.pathname === "/") url.pathname = "/v1/logs";
  return {
    name: "otlp.logs",
    urls: [url],
    headers,
    secrets: Object.values(headers),
    type: "application/json",
    gzip: enablecompression,
    maxAlerts: 500,
    body: (alerts) => JSON.stringify({ resourceLogs: resourcesOf(alerts) }),
    rejection(body) {
      const { partialSuccess } = objectOf(body);
      const { rejectedLogRecords = 0, errorMessage = "" } = objectOf(JSON.stringify(partialSuccess ?? {}));
      return Number(rejectedLogRecords) > 0 ? `${rejectedLogRecords} records rejected: ${errorMessage}` : undefined;
    },
  };
}

/** The resource of a record: the machine of the alert. */
function resourcesOf(alerts: readonly Facts[]): object[] {
  const byHost = Map.groupBy(alerts, ({ hostname }) => hostname);
  return [...byHost].map(([hostname, group]) => ({
    resource: {
      attributes: [attribute("service.name", "falco"), ...(hostname === "" ? [] : [attribute("host.name", hostname)])],
    },
    scopeLogs: [{ scope: { name: "eyas" }, logRecords: group.map(recordOf) }],
  }));
}

function recordOf({ alert, id, fields, hostname }: Facts): object {
  const [severityNumber, severityText] = severityOf[alert.priority];
  return {
    timeUnixNano: String(alert.time),
    observedTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    severityNumber,
    severityText,
    eventName: "falco.alert",
    body: { stringValue: alert.text },
    attributes: [
      attribute("uuid", id),
      attribute("rule", alert.rule),
      attribute("priority", alert.priority),
      attribute("source", alert.source),
      ...(hostname === "" ? [] : [attribute("hostname", hostname)]),
      ...(alert.tags.length === 0
        ? []
        : [{ key: "tags", value: { arrayValue: { values: alert.tags.map((tag) => ({ stringValue: tag })) } } }]),
      ...fields.map(attributeOf),
    ],
  };
}

function attribute(key: string, value: string): object {
  return { key, value: { stringValue: value } };
}

/** OTLP's JSON has 64-bit integers as text. */
function attributeOf(field: Field): object {
  const { name: key, json } = field;
  if (/^-?\d{1,18}$/.test(json)) return { key, value: { intValue: json } };
  if (json === "true" || json === "false") return { key, value: { boolValue: json === "true" } };
  if (/^-?\d+\.\d+(e[+-]?\d+)?$/i.test(json)) return { key, value: { doubleValue: Number(json) } };
  return attribute(key, valueText(field));
}
