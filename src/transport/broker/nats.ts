import { readFileSync } from "node:fs";
import { connect, credsAuthenticator, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import type { TlsOptions } from "../tls.ts";

/** Address and credentials of a NATS cluster. */
export interface NatsAccess {
  /** `host:port`, `nats://…` or `tls://…`. Each entry may contain several addresses, separated by commas. */
  readonly hostport: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly token: string;
  /** Path of a credentials file, which contains a user JWT and its NKey seed. */
  readonly credentialsfile: string;
  /** Timeout for connecting, in milliseconds. It is divided among the servers. */
  readonly timeout: number;
}

export function natsServers({ hostport }: Pick<NatsAccess, "hostport">): URL[] {
  const all = hostport.flatMap((each) => each.split(",")).map((each) => each.trim());
  return all.filter((each) => each !== "").map((each) => new URL(each.includes("://") ? each : `nats://${each}`));
}

/**
 * Connects to the first server that responds. Does not retry.
 * @param always whether to use TLS even for addresses without `tls:`
 */
export async function connectNats(access: NatsAccess, tls: TlsOptions, always: boolean): Promise<NatsConnection> {
  const servers = natsServers(access);
  let failure: unknown = new Error("no server is configured");
  for (const url of servers) {
    try {
      return await connect(optionsFor(url, access, access.timeout / servers.length, tls, always));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function optionsFor(
  url: URL,
  access: NatsAccess,
  timeout: number,
  { ca, cert, key, rejectUnauthorized }: TlsOptions,
  always: boolean,
): NodeConnectionOptions {
  const user = access.username || decodeURIComponent(url.username);
  const pass = access.password || decodeURIComponent(url.password);
  const token = access.token || (pass === "" ? user : ""); // in a URL, a user without a password is a token
  const tls = {
    rejectUnauthorized,
    host: url.hostname.replace(/^\[|\]$/g, ""), // host name or IP address that the certificate must match
    ca: ca.join("\n"),
    ...(cert !== undefined && key !== undefined && { cert, key }),
  };
  return {
    servers: url.host,
    name: "eyas",
    reconnect: false,
    timeout,
    pingInterval: 30_000,
    ...(pass === "" ? token !== "" && { token } : { user, pass }),
    ...(access.credentialsfile !== "" && { authenticator: credsAuthenticator(readFileSync(access.credentialsfile)) }),
    ...((always || url.protocol === "tls:") && { tls }),
  };
}
