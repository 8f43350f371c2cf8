import { NO_PATH, parseListenAddress, parsePath } from "./address.ts";
import { certificateKeys } from "./certificate-keys.ts";
import { type AnyOrigin, describeOrigin, type WrongOrigin } from "./descriptor.ts";

/** Syslog over the network, or over a Unix socket for datagrams (`unix`) or streams. */
export type SyslogOrigin = AnyOrigin & { readonly kind: "syslog" } & (
    | { readonly over: "udp" | "tcp" | "tls"; readonly host: string; readonly port: number }
    | { readonly over: "unix" | "unix-stream"; readonly path: string }
  );

const forms: Readonly<Record<string, (rest: string, text: string) => SyslogOrigin | WrongOrigin>> = {
  "syslog+udp": (rest, text) => parseNetwork(rest, text, "udp", 514),
  "syslog+tcp": (rest, text) => parseNetwork(rest, text, "tcp", 514),
  "syslog+tls": (rest, text) => parseNetwork(rest, text, "tls", 6514),
  "syslog+unix": (rest, text) => parseSocket(rest, text, "unix"),
  "syslog+unix-stream": (rest, text) => parseSocket(rest, text, "unix-stream"),
};

export const syslogOrigin = describeOrigin<SyslogOrigin, typeof certificateKeys>({
  kind: "syslog",
  schemes: Object.keys(forms),
  form: "`syslog+udp://127.0.0.1:5514`, `syslog+tcp://…`, `syslog+tls://…`, `syslog+unix:/run/log.sock` (datagrams) or `syslog+unix-stream:…`, which receive syslog messages",
  keys: certificateKeys,
  parse: (rest, text, scheme) => forms[scheme]?.(rest, text) ?? NO_PATH,
  missingAuthentication(origin, { client_authority }) {
    if ("path" in origin || client_authority !== "") return undefined;
    return origin.over === "udp" ? "" : "client_authority";
  },
  open: async (requests) => (await import("../syslog/open.ts")).openSyslogFeeds(requests),
});

function parseNetwork(
  rest: string,
  text: string,
  over: "udp" | "tcp" | "tls",
  defaultPort: number,
): SyslogOrigin | WrongOrigin {
  const found = /^\/\/([^/?#]*)\/?$/.exec(rest);
  if (found === null) return { wrong: "it requires an address and a port, like //127.0.0.1:5514" };
  const address = parseListenAddress(found[1] ?? "", defaultPort);
  return "wrong" in address ? address : { kind: "syslog", over, ...address, text };
}

function parseSocket(rest: string, text: string, over: "unix" | "unix-stream"): SyslogOrigin | WrongOrigin {
  const path = parsePath(rest);
  return path === undefined ? NO_PATH : { kind: "syslog", over, path, text };
}
