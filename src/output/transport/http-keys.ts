import { dictionary, flag, later, number } from "../../setting/shape.ts";

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
