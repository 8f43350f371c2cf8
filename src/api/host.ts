import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Checks the Host header against the names of this server. This prevents DNS rebinding: requests of a web page whose
 * host name resolves to this machine have this host name in the header. IP addresses are always accepted.
 */
export function hostCheck(names: readonly string[]): (request: IncomingMessage) => boolean {
  const known = new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  return ({ headers }) => {
    const name = nameOf(headers.host ?? "");
    return known.has(name) || isIP(name) !== 0;
  };
}

/** Returns a host without its port; an IPv6 address also without its brackets. */
function nameOf(host: string): string {
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host);
  return (found?.[1] ?? found?.[2] ?? "").toLowerCase().replace(/\.$/, "");
}

/**
 * Whether a web page of another origin sent the request, according to headers that only browsers send.
 * @param publicOrigin the origin at which users reach the web UI, for example through a proxy; empty if it is unknown
 */
export function isFromElsewhere({ headers }: IncomingMessage, secure: boolean, publicOrigin: string): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin } = headers;
  if (origin === undefined || (origin !== "" && origin === publicOrigin)) return false;
  return origin !== `${secure ? "https" : "http"}://${headers.host}`;
}
