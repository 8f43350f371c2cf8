import { differs, flag, number, text, webAddress } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";

export const http = describeOutput({
  name: "http",
  section: "http_output",
  about: "Sends alerts to a URL, one per request.",
  keys: {
    enabled: flag(false, "Enable the output."),
    url: differs(
      "Alerts are retried if the server is unavailable; a redirect is an error.",
      webAddress("URL of the receiver."),
    ),
    user_agent: text("falcosecurity/falco", "Value of the header `User-Agent`."),
    insecure: flag(false, "Accept any server certificate."),
    ca_cert: text("", "File with the CA certificate to trust, instead of the system's."),
    ca_bundle: text("", "File with CA certificates to trust, if `ca_cert` is empty."),
    ca_path: text("/etc/ssl/certs", "Directory with CA certificates to trust, if `ca_cert` and `ca_bundle` are empty."),
    mtls: flag(false, "Use a client certificate."),
    client_cert: text("/etc/ssl/certs/client.crt", "File with the client certificate."),
    client_key: text("/etc/ssl/certs/client.key", "File with the key of the client certificate."),
    echo: flag(false, "Print the responses of the receiver."),
    compress_uploads: differs(
      "Compresses requests; in Falco, the key requests compressed responses.",
      flag(false, "Compress requests (gzip)."),
    ),
    keep_alive: flag(false, "Keep the connection open between requests."),
    max_consecutive_timeouts: number(5, "Number of immediate retries of an alert after a timeout.", [0, 255]),
  },
  enabledBy: "enabled",
  check: ({ url }) => (url === "" ? "http_output.enabled requires http_output.url" : undefined),
  async open(settings, { line, json }) {
    return (await import("./http/output.ts")).httpOutput(line, json, settings);
  },
});
