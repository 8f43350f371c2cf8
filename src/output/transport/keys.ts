import { dictionary, flag, later, number, type Settings, section, text } from "../../setting/shape.ts";

/** Keys of every output over HTTP. */
export const httpKeys = {
  customheaders: dictionary("Headers beside its own."),
  checkcert: flag(true, "Whether its certificate has to be a good one."),
  mutualtls: flag(false, "Show a certificate of our own: `outputs.mutualtlsclient`, or files in `mutualtlsfilespath`."),
  timeout: number(10_000, "Milliseconds for a request and its answer.", [1, 600_000]),
  maxconcurrentrequests: later(
    "Requests at once. Eyas sends one after the other.",
    number(1, "", [0, Number.MAX_SAFE_INTEGER]),
  ),
} as const;

/** Keys of every output to a message broker. */
export const brokerKeys = {
  checkcert: flag(true, "Whether its certificate has to be a good one."),
  mutualtls: flag(false, "Show a certificate of our own: `outputs.mutualtlsclient`, or files in `mutualtlsfilespath`."),
  timeout: number(10_000, "Milliseconds for a connection, and for the acknowledgement of what is sent.", [1, 600_000]),
} as const;

export type BrokerKeys = Settings<typeof brokerKeys>;

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
