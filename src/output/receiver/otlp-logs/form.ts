import type { Alert } from "../../../alert/alert.ts";
import type { Facts } from "../../facts.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import { otlpForm } from "../otlp/form.ts";
import { attributesOf } from "../otlp/resource.ts";
import type { OtlpLogsKeys } from "../otlp-logs.ts";

/** OpenTelemetry severity numbers and texts. */
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

/** OpenTelemetry logs over HTTP in JSON: one record per alert. */
export function otlpLogs(keys: OtlpLogsKeys): HttpForm {
  return otlpForm(keys, {
    name: "otlp.logs",
    path: "/v1/logs",
    resources: "resourceLogs",
    scopes: "scopeLogs",
    items: "logRecords",
    rejected: "rejectedLogRecords",
    noun: "records",
    item: recordOf,
  });
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
