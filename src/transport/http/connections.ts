import { Agent as PlainAgent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { SecureOptions } from "./tls.ts";

/** Milliseconds until TCP probes a silent connection, and for which an unused connection is kept. */
const KEEP_ALIVE = 30_000;
const LONGEST_IDLE = 60_000;

/** Connections to one server that are kept between requests. Only for requests that may be sent twice. */
export interface Connections {
  /** Connections are opened anew where certificates changed; a response that is under way goes on. */
  agent(tls: SecureOptions | undefined): PlainAgent;
  close(): void;
}

export function keepConnections(): Connections {
  const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE, timeout: LONGEST_IDLE };
  let current: { readonly agent: PlainAgent; readonly tls: SecureOptions | undefined } | undefined;
  return {
    agent(tls) {
      if (current === undefined || current.tls !== tls)
        current = { agent: tls === undefined ? new PlainAgent(options) : new SecureAgent({ ...options, ...tls }), tls };
      return current.agent;
    },
    close: () => current?.agent.destroy(),
  };
}
