import { dictionary, flag, ignored, number, type Settings, section, text, UNBOUNDED } from "../../setting/shape.ts";

/** Keys of every output over HTTP. */
export const httpKeys = {
  customheaders: dictionary("Additional headers."),
  checkcert: flag(true, "Whether to verify the server's certificate."),
  mutualtls: flag(false, "Use a client certificate: `outputs.mutualtlsclient`, or the files in `mutualtlsfilespath`."),
  timeout: number(10_000, "Timeout for a request and its response, in milliseconds.", [1, 600_000]),
  maxconcurrentrequests: ignored("each output sends one request at a time", number(1, "", [0, UNBOUNDED])),
} as const;

/** Keys of every output for a message broker. */
export const brokerKeys = {
  checkcert: flag(true, "Whether to verify the server's certificate."),
  mutualtls: flag(false, "Use a client certificate: `outputs.mutualtlsclient`, or the files in `mutualtlsfilespath`."),
  timeout: number(10_000, "Timeout for a connection, and for an acknowledgement, in milliseconds.", [1, 600_000]),
} as const;

export type BrokerKeys = Settings<typeof brokerKeys>;

/** Keys of `outputs` for shared certificates. */
export const certificateKeys = {
  tlsclient: section("", {
    cacertfile: text("", "CA certificate to trust in addition to the system's, for all outputs."),
  }),
  mutualtlsclient: section("", {
    certfile: text("", "Client certificate for outputs with `mutualtls`."),
    keyfile: text("", "Key of the client certificate."),
    cacertfile: text("", "CA certificate for the servers of outputs with `mutualtls`."),
  }),
  mutualtlsfilespath: text(
    "/etc/certs",
    "Directory with `client.crt`, `client.key` and `ca.crt`, the defaults for `mutualtlsclient`.",
  ),
} as const;
