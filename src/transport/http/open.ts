import {
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as plainRequest,
} from "node:http";
import { request as secureRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { SecureOptions } from "../tls.ts";
import { codeOf } from "./error.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface OpenOptions {
  /** Default: GET. */
  readonly method?: Method;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** Aborts the request and its response. */
  readonly signal: AbortSignal;
  /** Required for https. */
  readonly tls?: SecureOptions;
  /** Path of a Unix socket. If set, the host of the URL is used only as a name. */
  readonly socketPath?: string;
  /**
   * Agent that reuses connections. Default: one connection per request. If the server closes a reused connection during
   * a request, it is unknown whether the request arrived.
   */
  readonly agent?: Agent;
  /**
   * Sends a request again if the server closes the reused connection at the same time. Only for requests that may
   * arrive twice.
   */
  readonly resend?: true;
}

/** A connection after a protocol upgrade. */
export interface Upgraded {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Duplex;
  /** Bytes of the new protocol that arrived with the response. */
  readonly head: Buffer;
}

/**
 * Sends a request to the server of the URL, without proxies or redirects, and waits for the response head.
 * @throws Node.js errors, which callers convert
 */
export async function openResponse(url: URL, options: OpenOptions): Promise<IncomingMessage> {
  for (;;) {
    const request = begin(url, options);
    try {
      return await responseTo(request, options.body);
    } catch (error) {
      if (options.resend !== true || !request.reusedSocket || !closed.has(codeOf(error))) throw error;
    }
  }
}

const closed: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

function responseTo(request: ClientRequest, body: OpenOptions["body"]): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on("error", reject); // stays registered, because the connection may also fail during the response
    request.once("response", resolve);
    request.end(body);
  });
}

/** Like {@link openResponse}, but requests a protocol upgrade. Returns a response if the server does not upgrade. */
export function openUpgrade(url: URL, options: OpenOptions): Promise<Upgraded | IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = begin(url, options);
    request.on("error", reject);
    request.once("upgrade", ({ headers }, socket, head) => resolve({ headers, socket, head }));
    request.once("response", resolve);
    request.end();
  });
}

function begin(
  url: URL,
  { method = "GET", headers, body, signal, tls, socketPath, agent }: OpenOptions,
): ClientRequest {
  const options = {
    method,
    headers: { "user-agent": "eyas", ...headers, ...lengthOf(method, body) },
    signal,
    agent: agent ?? false,
    ...(socketPath !== undefined && { socketPath }),
  };
  return url.protocol === "https:" ? secureRequest(url, { ...options, ...tls }) : plainRequest(url, options);
}

/**
 * The `Content-Length` header. Without this header, some servers wait for the body of a POST or PUT request that has no
 * body.
 */
function lengthOf(method: Method, body: string | Uint8Array | undefined): OutgoingHttpHeaders {
  if (body !== undefined) return { "content-length": Buffer.byteLength(body) };
  return method === "POST" || method === "PUT" ? { "content-length": 0 } : {};
}
