import { Agent as PlainAgent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { SecureOptions } from "../tls.ts";

/** Milliseconds until TCP probes a silent connection, and until an unused one is closed. */
const KEEP_ALIVE = 30_000;
const LONGEST_IDLE = 60_000;

/** Connections that are kept between requests. Only for requests that may be sent twice. */
export interface Connections {
  /** The agent for TLS options; changed ones get new connections. Responses in progress continue. */
  agent(tls: SecureOptions | undefined): PlainAgent;
  /** Ends all connections; the next request opens another. */
  close(): void;
}

export function keepConnections(): Connections {
  const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE, timeout: LONGEST_IDLE };
  let plain: PlainAgent | undefined;
  let secure: { readonly agent: SecureAgent; readonly tls: SecureOptions } | undefined;
  return {
    agent(tls) {
      if (tls === undefined) {
        plain ??= new PlainAgent(options);
        return plain;
      }
      if (secure?.tls !== tls) secure = { agent: new SecureAgent({ ...options, ...tls }), tls };
      return secure.agent;
    },
    close() {
      plain?.destroy();
      secure?.agent.destroy();
      plain = undefined;
      secure = undefined;
    },
  };
}
