import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Whether a request names us as we are called. A page of somebody else's, whose name was made to point at this machine,
 * asks under that name; what is asked for by an address can't be that.
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

/** Whether a browser says that the request comes from a page of another place. Other clients say nothing of it. */
export function isFromElsewhere({ headers }: IncomingMessage, secure: boolean): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  const { origin } = headers;
  return origin !== undefined && origin !== `${secure ? "https" : "http"}://${headers.host}`;
}
