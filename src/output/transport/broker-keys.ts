import { flag, number, type Settings } from "../../setting/shape.ts";

/** Keys of every output to a message broker. */
export const brokerKeys = {
  checkcert: flag(true, "Whether its certificate has to be a good one."),
  mutualtls: flag(false, "Show a certificate of our own: `outputs.mutualtlsclient`, or files in `mutualtlsfilespath`."),
  timeout: number(10_000, "Milliseconds for a connection, and for the acknowledgement of what is sent.", [1, 600_000]),
} as const;

export type BrokerKeys = Settings<typeof brokerKeys>;
