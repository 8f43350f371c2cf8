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
  /** Ends the request, and the response too. */
  readonly signal: AbortSignal;
  /** Needed for https. */
  readonly tls?: SecureOptions;
  /** A socket of the file system; the host of the URL is then only a name. */
  readonly socketPath?: string;
  /**
   * Connections that are kept. Absent: a connection per request. A kept one may be closed just when it is used, and then it is
   * unknown whether the request arrived.
   */
  readonly agent?: Agent;
  /**
   * Sends again over another connection if the server closed a kept one at the same moment. Only for requests that may arrive
   * twice.
   */
  readonly resend?: true;
}

/** A connection that was upgraded to another protocol. */
export interface Upgraded {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Duplex;
  /** Bytes of the new protocol that came with the response. */
  readonly head: Buffer;
}

/**
 * Sends a request to exactly the server of the URL, without proxies or redirects, and waits for the head of the
 * response.
 * @throws errors of Node, which callers translate
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
    request.on("error", reject); // stays: a connection may also fail after the response began
    request.once("response", resolve);
    request.end(body);
  });
}

/** As {@link openResponse} for a protocol upgrade; a response if the server does not upgrade. */
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

/** Servers may wait for the body of a POST without a length. */
function lengthOf(method: Method, body: string | Uint8Array | undefined): OutgoingHttpHeaders {
  if (body !== undefined) return { "content-length": Buffer.byteLength(body) };
  return method === "POST" || method === "PUT" ? { "content-length": 0 } : {};
}
