import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Whether the host of a request is a name of this server. A page whose own name points to this machine (DNS rebinding)
 * sends that name; a request to an IP address cannot be one of these.
 */
export function hostCheck(names: readonly string[]): (request: IncomingMessage) => boolean {
  const known = new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  return ({ headers }) => {
    const name = nameOf(headers.host ?? "");
    return known.has(name) || isIP(name) !== 0;
  };
}

/** A host without its port, and an IPv6 address without its brackets. */
function nameOf(host: string): string {
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host);
  return (found?.[1] ?? found?.[2] ?? "").toLowerCase().replace(/\.$/, "");
}

/** Whether the browser states that the request comes from another site. Other clients do not state it. */
export function isFromElsewhere({ headers }: IncomingMessage, secure: boolean): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin } = headers;
  return origin !== undefined && origin !== `${secure ? "https" : "http"}://${headers.host}`;
}
