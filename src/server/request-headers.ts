import type { IncomingMessage } from "node:http";

/**
 * Headers that identify the server and the client. If one of them is repeated, programs differ in which value they use.
 */
const ONCE = ["host", "authorization"];
const HOST = /^(?:\[[0-9a-f:.]+\]|[^\s:/?#@,\\[\]]*)(?::\d{0,5})?$/i;

/**
 * Checks the headers of a request for ambiguity. Node.js keeps the first of two headers, and does not compare the host
 * of a request target such as `http://host/path` with the Host header.
 * @returns an error message; undefined if the headers are valid
 */
export function headerMistake({ rawHeaders, headers, url = "" }: IncomingMessage): string | undefined {
  for (const name of ONCE) {
    let found = 0;
    for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) found++;
    if (found > 1)
      return `A request must not have more than one ${name === "host" ? "Host" : "Authorization"} header; this one has ${found}.`;
  }
  const { host = "" } = headers;
  if (!HOST.test(host)) return "The Host header must be a host with an optional port.";
  if (url.startsWith("/") || url === "*") return undefined;
  const target = URL.parse(url);
  if (target === null) return "The request target is not valid.";
  return isSame(target, host) ? undefined : "The Host header and the host of the request target differ.";
}

function isSame({ protocol, host: named }: URL, host: string): boolean {
  return URL.parse(`${protocol}//${host}`)?.host === named;
}
