import { dictionary, flag, ignored, type Settings, text, webAddress } from "../../setting/shape.ts";
import { overHttp } from "../over-http.ts";

const keys = {
  endpoint: webAddress(
    "Address of the receiver, with its path (default: `/v1/logs`). Setting this key enables the output.",
  ),
  headers: dictionary("Headers of requests, such as an API key."),
  enablecompression: flag(false, "Compress requests."),
  protocol: ignored(
    "records are sent over HTTP in JSON, which collectors accept on port 4318",
    text("http/protobuf", ""),
  ),
  synced: ignored("each request waits for its response", flag(true, "")),
  tls: ignored("an endpoint that begins with https:// uses TLS", flag(false, "")),
  extraenvvars: ignored("use timeout and headers", dictionary("")),
} as const;

export type OtlpLogsKeys = Settings<typeof keys>;

export const otlpLogsOutput = overHttp({
  name: "otlp.logs",
  about: "Sends alerts as OpenTelemetry logs, over HTTP in JSON.",
  keys,
  enabledBy: "endpoint",
  example: "endpoint: http://collector:4318",
  form: async (settings) => (await import("./otlp-logs/form.ts")).otlpLogs(settings),
});
