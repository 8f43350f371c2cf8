import { text } from "../../setting/shape.ts";

/** Keys for the certificate of a listener and the certificate authority of senders. */
export const certificateKeys = {
  certificate: text("", "A PEM file with the certificate for `https` and `syslog+tls`; it may contain the key."),
  key: text("", "A PEM file with the certificate's key, if the key is in a separate file."),
  client_authority: text(
    "",
    "A PEM file with the certificate authority that must have signed the client certificates of senders.",
  ),
};
