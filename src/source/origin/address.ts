import { isIP } from "node:net";
import type { WrongOrigin } from "./descriptor.ts";

/** Whether the host is a loopback address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** Parses the address of a listener. The default host is a loopback address. */
export function parseListenAddress(
  authority: string,
  defaultPort: number,
): { readonly host: string; readonly port: number } | WrongOrigin {
  if (authority.includes("@")) return { wrong: "credentials belong in separate keys (token, password)" };
  const found = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(authority);
  const port = Number(found?.[3] ?? defaultPort);
  if (found === null || port > 65_535)
    return { wrong: "an address to listen on must be host:port, like 127.0.0.1:9765" };
  const host = found[1] ?? found[2] ?? "";
  if (host !== "" && host !== "localhost" && isIP(host) === 0)
    return {
      wrong: `an address to listen on must belong to this machine, like 127.0.0.1, 0.0.0.0 or [::], not ${host}`,
    };
  return { host: host === "" ? "127.0.0.1" : host, port };
}

/** Parses an absolute path after a scheme, `/x` or `///x`; undefined for any other text. */
export function parsePath(rest: string): string | undefined {
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  return path.startsWith("/") && !path.startsWith("//") && path.length > 1 ? path : undefined;
}

/** Error for a text for which {@link parsePath} returns undefined. */
export const NO_PATH: WrongOrigin = { wrong: "it requires an absolute path, like /var/log/app.json" };

/** Adds the default port to a broker address without a port. */
export function withPort(host: string, defaultPort: number): string {
  return /:\d+$/.test(host) ? host : `${host}:${defaultPort}`;
}
