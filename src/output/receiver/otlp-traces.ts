import { dictionary, flag, ignored, number, type Settings, text, webAddress } from "../../setting/shape.ts";
import { overHttp } from "../over-http.ts";

const keys = {
  endpoint: webAddress(
    "Address of the receiver, with its path (default: `/v1/traces`). Setting this key enables the output.",
  ),
  headers: dictionary("Headers of requests, such as an API key."),
  duration: number(1000, "Duration of an alert's span in milliseconds.", [1, 3_600_000]),
  enablecompression: flag(false, "Compress requests."),
  protocol: ignored(
    "spans are sent over HTTP in JSON, which collectors accept on port 4318",
    text("http/protobuf", ""),
  ),
  synced: ignored("each request waits for its response", flag(true, "")),
  tls: ignored("an endpoint that begins with https:// uses TLS", flag(false, "")),
  extraenvvars: ignored("use timeout and headers", dictionary("")),
} as const;

export type OtlpTracesKeys = Settings<typeof keys>;

export const otlpTracesOutput = overHttp({
  name: "otlp.traces",
  about: "Sends alerts and the actions of responses as OpenTelemetry traces, over HTTP in JSON.",
  keys,
  enabledBy: "endpoint",
  example: "endpoint: http://collector:4318",
  notes: `
A trace contains the span of an alert, with a child span for each action that a response ran because of the alert. The duration of the
child span is the duration of the action. The ID of the trace is the ID of the alert without hyphens. Actions have spans for the
outcomes in \`responses.report\`.
`,
  form: async (settings) => (await import("./otlp-traces/form.ts")).otlpTraces(settings),
});
