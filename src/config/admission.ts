import { flag, number, section, text } from "../setting/shape.ts";

/** Keys of the admission webhook for EyasRules resources. */
export const admission = section(
  "Validates EyasRules for the API servers as an admission webhook, and writes the status of EyasRules; see docs/rule-resources.md.",
  {
    enabled: flag(
      false,
      "Enable the webhook. Without `kubernetes.rules_resources`, each EyasRules resource is validated without the other resources of the cluster, and no status is written.",
    ),
    listen_address: text("127.0.0.1", "The address to listen on; `0.0.0.0`: all addresses."),
    listen_port: number(9443, "The port to listen on. 0: a free port, which is logged.", [0, 65_535]),
    certificate: text("", "A PEM file with the certificate; API servers require HTTPS. The file may contain the key."),
    key: text("", "A PEM file with the certificate's key, if the key is in a separate file."),
    client_authority: text(
      "",
      "A PEM file with the CA certificate that must have signed the API servers' certificates.",
    ),
    max_connections: number(64, "Maximum number of concurrent connections.", [1, 65_535]),
  },
);
