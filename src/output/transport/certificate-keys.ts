import { section, text } from "../../setting/shape.ts";

/** Keys of `outputs` for the certificates that outputs share. */
export const certificateKeys = {
  tlsclient: section("", { cacertfile: text("", "An authority to trust beside the system's, for all receivers.") }),
  mutualtlsclient: section("", {
    certfile: text("", "Our own certificate, for receivers with `mutualtls`."),
    keyfile: text("", "Its key."),
    cacertfile: text("", "The authority of those receivers."),
  }),
  mutualtlsfilespath: text("/etc/certs", "Where `client.crt`, `client.key` and `ca.crt` are, unless said otherwise."),
} as const;
