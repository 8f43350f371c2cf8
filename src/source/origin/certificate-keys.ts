import { text } from "../../setting/shape.ts";

/** The certificate that a listener shows, and what senders have to show. */
export const certificateKeys = {
  certificate: text("", "A PEM file with the certificate for `https` and `syslog+tls`; it may contain the key."),
  key: text("", "A PEM file with the certificate's key, if it is in a separate file."),
  client_authority: text("", "A PEM file with the authority that must have issued the certificates of senders."),
};
