import type { Alert } from "../../../alert/alert.ts";
import { type Facts, objectOf } from "../../facts.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import type { OtlpLogsKeys } from "../otlp-logs.ts";
import { attributesOf, byResource } from "./resource.ts";

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
    body: (alerts) =>
      JSON.stringify({
        resourceLogs: byResource(alerts).map(({ resource, scope, group }) => ({
          resource,
          scopeLogs: [{ scope, logRecords: group.map(recordOf) }],
        })),
      }),
    rejection(body) {
      const { partialSuccess } = objectOf(body);
      const { rejectedLogRecords = 0, errorMessage = "" } = objectOf(JSON.stringify(partialSuccess ?? {}));
      return Number(rejectedLogRecords) > 0 ? `${rejectedLogRecords} records rejected: ${errorMessage}` : undefined;
    },
  };
}

function recordOf(facts: Facts): object {
  const { alert } = facts;
  const [severityNumber, severityText] = severityOf[alert.priority];
  return {
    timeUnixNano: String(alert.time),
    observedTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    severityNumber,
    severityText,
    eventName: "falco.alert",
    body: { stringValue: alert.text },
    attributes: attributesOf(facts),
  };
}
