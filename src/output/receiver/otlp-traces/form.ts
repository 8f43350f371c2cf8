import { INTERNAL_SOURCE } from "../../../alert/internal.ts";
import { type Facts, fieldText } from "../../facts.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import { otlpForm } from "../otlp/form.ts";
import { attributesOf } from "../otlp/resource.ts";
import type { OtlpTracesKeys } from "../otlp-traces.ts";

const MILLISECOND = 1_000_000n;
/** `SPAN_KIND_INTERNAL` and `SPAN_KIND_CLIENT`. */
const [INTERNAL, CLIENT] = [1, 3];
/** `STATUS_CODE_OK` and `STATUS_CODE_ERROR`. */
const [OK, ERROR] = [1, 2];

/** OpenTelemetry traces over HTTP in JSON: one span per alert. */
export function otlpTraces(keys: OtlpTracesKeys): HttpForm {
  return otlpForm(keys, {
    name: "otlp.traces",
    path: "/v1/traces",
    resources: "resourceSpans",
    scopes: "scopeSpans",
    items: "spans",
    rejected: "rejectedSpans",
    noun: "spans",
    item: (facts) => actionSpan(facts) ?? alertSpan(facts, keys.duration),
  });
}

function alertSpan(facts: Facts, duration: number): object {
  const { alert, id } = facts;
  return {
    ...spanIds(id),
    name: alert.rule,
    kind: INTERNAL,
    startTimeUnixNano: String(alert.time),
    endTimeUnixNano: String(alert.time + BigInt(duration) * MILLISECOND),
    attributes: attributesOf(facts),
  };
}

/** The span of a response action, as a child of the alert's span; undefined for other alerts. */
function actionSpan(facts: Facts): object | undefined {
  const { alert, id } = facts;
  if (alert.source !== INTERNAL_SOURCE) return undefined;
  const action = fieldText(facts, "eyas.response.action");
  const cause = fieldText(facts, "eyas.response.alert");
  if (action === undefined || cause === undefined || !isUuid(cause)) return undefined;
  const { traceId, spanId: parentSpanId } = spanIds(cause);
  const took = millisecondsOf(fieldText(facts, "eyas.response.milliseconds"));
  const outcome = fieldText(facts, "eyas.response.outcome");
  return {
    ...{ traceId, spanId: spanIds(id).spanId, parentSpanId, name: action, kind: CLIENT },
    startTimeUnixNano: String(alert.time - took * MILLISECOND),
    endTimeUnixNano: String(alert.time),
    attributes: attributesOf(facts),
    ...(outcome === "done" && { status: { code: OK } }),
    ...(outcome === "failed" && { status: { code: ERROR, message: alert.message } }),
  };
}

/** Parses a duration. 0 if the duration is missing, or negative because the clock was set back. */
function millisecondsOf(text = ""): bigint {
  return /^\d{1,15}$/.test(text) ? BigInt(text) : 0n;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** Trace ID (16 bytes) and ID of the root span (the last 8 of them), from the UUID of an alert. */
function spanIds(uuid: string): { readonly traceId: string; readonly spanId: string } {
  const traceId = uuid.replaceAll("-", "");
  return { traceId, spanId: traceId.slice(16) };
}
