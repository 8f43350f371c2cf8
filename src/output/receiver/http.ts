import { differs, flag, number, text, webAddress } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";

export const http = describeOutput({
  name: "http",
  section: "http_output",
  about: "Alerts to a web address, one per request.",
  keys: {
    enabled: flag(false, "On or off."),
    url: differs("Alerts are retried if it is unavailable; a redirect is an error.", webAddress("The address.")),
    user_agent: text("falcosecurity/falco", "Value of the header `User-Agent`."),
    insecure: flag(false, "Accept any certificate of the server."),
    ca_cert: text("", "File of the authority to trust, instead of the system's."),
    ca_bundle: text("", "File of authorities to trust, if `ca_cert` is empty."),
    ca_path: text("/etc/ssl/certs", "Folder of authorities to trust, if both are empty."),
    mtls: flag(false, "Use a client certificate."),
    client_cert: text("/etc/ssl/certs/client.crt", "That certificate."),
    client_key: text("/etc/ssl/certs/client.key", "Its key."),
    echo: flag(false, "Print the receiver's answers."),
    compress_uploads: differs(
      "Compresses what is sent; Falco asks for compressed answers.",
      flag(false, "Send alerts compressed (gzip)."),
    ),
    keep_alive: flag(false, "Keep the connection open between alerts."),
    max_consecutive_timeouts: number(5, "Immediate retries of an alert after a timeout.", [0, 255]),
  },
  enabledBy: "enabled",
  check: ({ url }) => (url === "" ? "http_output.enabled needs http_output.url" : undefined),
  async open(settings, { line, json }) {
    return (await import("./http/output.ts")).httpOutput(line, json, settings);
  },
});
