import { dictionary, flag, ignored, number, type Settings, section, text, UNBOUNDED } from "../../setting/shape.ts";

/** Keys of every output over HTTP. */
export const httpKeys = {
  customheaders: dictionary("Additional headers."),
  checkcert: flag(true, "Whether the server's certificate has to be valid."),
  mutualtls: flag(false, "Use a client certificate: `outputs.mutualtlsclient`, or the files in `mutualtlsfilespath`."),
  timeout: number(10_000, "Milliseconds for a request and its response.", [1, 600_000]),
  maxconcurrentrequests: ignored("each output sends one request at a time", number(1, "", [0, UNBOUNDED])),
} as const;

/** Keys of every output for a message broker. */
export const brokerKeys = {
  checkcert: flag(true, "Whether the server's certificate has to be valid."),
  mutualtls: flag(false, "Use a client certificate: `outputs.mutualtlsclient`, or the files in `mutualtlsfilespath`."),
  timeout: number(10_000, "Milliseconds for a connection, and for an acknowledgement.", [1, 600_000]),
} as const;

export type BrokerKeys = Settings<typeof brokerKeys>;

/** Keys of `outputs` for shared certificates. */
export const certificateKeys = {
  tlsclient: section("", {
    cacertfile: text("", "An authority to trust as well as those of the system, for all outputs."),
  }),
  mutualtlsclient: section("", {
    certfile: text("", "The client certificate, for outputs with `mutualtls`."),
    keyfile: text("", "Its key."),
    cacertfile: text("", "The authority of their servers."),
  }),
  mutualtlsfilespath: text(
    "/etc/certs",
    "Folder of `client.crt`, `client.key` and `ca.crt`; defaults for `mutualtlsclient`.",
  ),
} as const;
