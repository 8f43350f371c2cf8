import { flag, number, section, size, text } from "../setting/shape.ts";
import { requireTokenKey } from "../source/origin/require-token.ts";

/** Keys of the HTTP listener for alerts from other installations. */
export const alertIntake = section(
  "Receives alerts from Falco installations over HTTP, like Falcosidekick, stores the alerts in the journal and sends them to the outputs.",
  {
    enabled: flag(false, "Enable the listener."),
    listen_address: text("127.0.0.1", "The address to listen on; `0.0.0.0`: all addresses."),
    listen_port: number(2801, "The port to listen on. 0: a free port, which is logged.", [0, 65_535]),
    certificate: text("", "A PEM file with the certificate; enables HTTPS. The file may contain the key."),
    key: text("", "A PEM file with the certificate's key, if the key is in a separate file."),
    client_authority: text("", "A PEM file with the CA certificate that must have signed the senders' certificates."),
    token: text("", "The token that requests must contain: `Authorization: Bearer …`."),
    token_file: text("", "A file with the token, instead of `token`."),
    ...requireTokenKey,
    max_body: size("12MiB", "Maximum size of a request; larger requests are rejected."),
    max_alert: size("256KiB", "Maximum size of an alert; larger alerts are rejected."),
    max_rate: number(0, "Maximum number of requests per second per client; 0: unlimited.", [0, 1_000_000]),
    max_connections: number(256, "Maximum number of concurrent connections.", [1, 65_535]),
  },
);
