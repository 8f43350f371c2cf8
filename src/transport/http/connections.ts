import { Agent as PlainAgent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { SecureOptions } from "../tls.ts";

/** TCP keep-alive delay, and time until an idle connection is closed, in milliseconds. */
const KEEP_ALIVE = 30_000;
const LONGEST_IDLE = 60_000;

/** Connections that are reused for several requests. Suitable only for requests that may be sent twice. */
export interface Connections {
  /** Returns the agent for TLS options. Changed options use new connections; responses in progress continue. */
  agent(tls: SecureOptions | undefined): PlainAgent;
  /** Closes all connections. The next request opens a new connection. */
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
