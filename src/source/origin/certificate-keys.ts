import { text } from "../../setting/shape.ts";

/** Configuration keys for the certificate of a listener and for the CA of its senders. */
export const certificateKeys = {
  certificate: text("", "A PEM file with the certificate for `https` and `syslog+tls`; it may contain the key."),
  key: text("", "A PEM file with the certificate's key, if the key is in a separate file."),
  client_authority: text(
    "",
    "A PEM file with the CA certificate that must have signed the client certificates of senders.",
  ),
};
