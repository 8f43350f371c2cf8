import { text } from "../../setting/shape.ts";

/** Certificate of a listener, and authority for those of senders. */
export const certificateKeys = {
  certificate: text("", "A PEM file with the certificate for `https` and `syslog+tls`; it may contain the key."),
  key: text("", "A PEM file with the certificate's key, if it is in a separate file."),
  client_authority: text("", "A PEM file with the authority that must have issued the certificates of senders."),
};
