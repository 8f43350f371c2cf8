import { isIP } from "node:net";

/** Where a source's events come from, as `from` of the configuration says it. It holds no secrets. */
export type Origin = { readonly text: string } & (
  | {
      readonly kind: "http";
      readonly tls: boolean;
      readonly host: string;
      readonly port: number;
      readonly path: string;
    }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "stdin" }
  | { readonly kind: "unix"; readonly datagrams: boolean; readonly path: string }
  | ({ readonly kind: "syslog" } & SyslogOrigin)
  | { readonly kind: "nats"; readonly server: string; readonly subject: string }
  | { readonly kind: "kafka"; readonly brokers: readonly string[]; readonly topic: string }
);

export type SyslogOrigin =
  | { readonly over: "udp" | "tcp" | "tls"; readonly host: string; readonly port: number }
  | { readonly over: "unix" | "unix-stream"; readonly path: string };

/** How a `from` may look, for people. */
export const origins = [
  "a path (a file, a folder, or a pattern such as `/var/log/*.json`), which is followed",
  "`http://127.0.0.1:9765/path` or `https://…`, which is listened on",
  "`stdin`, the standard input (`-` on the command line)",
  "`unix:/run/eve.sock`, a socket that lines are written to; `unix-dgram:/run/eve.sock`, one for datagrams",
  "`syslog+udp://127.0.0.1:5514`, `syslog+tcp://…`, `syslog+tls://…`, `syslog+unix:/run/log.sock` (datagrams) or `syslog+unix-stream:…`, where syslog is listened for",
  "`nats://server:4222/subject`",
  "`kafka://broker:9092,broker:9092/topic`",
] as const;

/** A sentence on what is wrong with a `from`. */
export interface WrongOrigin {
  readonly wrong: string;
}

/** What stands before the first colon, and how the rest is read. */
const schemes: Readonly<Record<string, (rest: string, text: string) => Origin | WrongOrigin>> = {
  http: (rest, text) => web(rest, text, false),
  https: (rest, text) => web(rest, text, true),
  file: (rest, text) => withPath(rest, text, (path) => ({ kind: "file", path, text })),
  unix: (rest, text) => withPath(rest, text, (path) => ({ kind: "unix", datagrams: false, path, text })),
  "unix-dgram": (rest, text) => withPath(rest, text, (path) => ({ kind: "unix", datagrams: true, path, text })),
  "syslog+udp": (rest, text) => syslog(rest, text, "udp"),
  "syslog+tcp": (rest, text) => syslog(rest, text, "tcp"),
  "syslog+tls": (rest, text) => syslog(rest, text, "tls"),
  "syslog+unix": (rest, text) => withPath(rest, text, (path) => ({ kind: "syslog", over: "unix", path, text })),
  "syslog+unix-stream": (rest, text) =>
    withPath(rest, text, (path) => ({ kind: "syslog", over: "unix-stream", path, text })),
  nats,
  kafka,
};

/** Reads a `from`. */
export function parseOrigin(written: string): Origin | WrongOrigin {
  const text = written.trim();
  if (text === "") return { wrong: "it is empty" };
  if (text === "-" || text === "stdin") return { kind: "stdin", text: "stdin" };
  if (text.includes("\0")) return { wrong: "it has a NUL in it" };
  const scheme = /^([a-zA-Z][a-zA-Z0-9+-]*):/.exec(text)?.[1];
  if (scheme === undefined || text.startsWith("/") || text.startsWith("./")) return { kind: "file", path: text, text };
  const read = Object.hasOwn(schemes, scheme.toLowerCase()) ? schemes[scheme.toLowerCase()] : undefined;
  if (read === undefined) return { wrong: `"${scheme}:" is none of the ways in` };
  return read(text.slice(scheme.length + 1), text);
}

/** Addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function web(rest: string, text: string, tls: boolean): Origin | WrongOrigin {
  const found = /^\/\/([^/?#]*)(\/[^?#\s]*)?$/.exec(rest);
  if (found === null) return { wrong: "after the address comes a path, like /k8s-audit" };
  const at = listening(found[1], tls ? 443 : 80);
  return "wrong" in at ? at : { kind: "http", tls, ...at, path: found[2] ?? "/", text };
}

function syslog(rest: string, text: string, over: "udp" | "tcp" | "tls"): Origin | WrongOrigin {
  const found = /^\/\/([^/?#]*)\/?$/.exec(rest);
  if (found === null) return { wrong: "it takes an address and a port, like //127.0.0.1:5514" };
  const at = listening(found[1], over === "tls" ? 6514 : 514);
  return "wrong" in at ? at : { kind: "syslog", over, ...at, text };
}

/** An address to listen on: without a host only this machine reaches it. */
function listening(
  authority: string,
  usualPort: number,
): { readonly host: string; readonly port: number } | WrongOrigin {
  if (authority.includes("@")) return { wrong: "keys and passwords have keys of their own (token, password)" };
  const found = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(authority);
  const port = Number(found?.[3] ?? usualPort);
  if (found === null || port > 65_535) return { wrong: "an address to listen on is host:port, like 127.0.0.1:9765" };
  const host = found[1] ?? found[2] ?? "";
  if (host !== "" && host !== "localhost" && isIP(host) === 0)
    return { wrong: `an address to listen on is one of this machine's, like 127.0.0.1, 0.0.0.0 or [::], not ${host}` };
  return { host: host === "" ? "127.0.0.1" : host, port };
}

function withPath(rest: string, _text: string, make: (path: string) => Origin): Origin | WrongOrigin {
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  return path.startsWith("/") && !path.startsWith("//") && path.length > 1
    ? make(path)
    : { wrong: "it takes a path from the root, like /var/log/app.json" };
}

function nats(rest: string, text: string): Origin | WrongOrigin {
  const found = /^\/\/([^/?#@\s]+)\/([^/?#\s]+)$/.exec(rest);
  if (found === null) return { wrong: "it takes a server and a subject, like nats://127.0.0.1:4222/events.>" };
  return { kind: "nats", server: withPort(found[1], 4222), subject: found[2], text };
}

function kafka(rest: string, text: string): Origin | WrongOrigin {
  const found = /^\/\/([^/?#@\s]+)\/([^/?#\s]+)$/.exec(rest);
  if (found === null) return { wrong: "it takes brokers and a topic, like kafka://broker:9092/events" };
  const brokers = found[1].split(",").map((each) => withPort(each, 9092));
  return { kind: "kafka", brokers, topic: found[2], text };
}

function withPort(host: string, usual: number): string {
  return /:\d+$/.test(host) ? host : `${host}:${usual}`;
}
