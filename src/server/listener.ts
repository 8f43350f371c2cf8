import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TlsOptions } from "node:tls";
import { type Connections, openConnections } from "./connections.ts";
import { headerMistake } from "./request-headers.ts";

/**
 * Limits for clients. Times are in milliseconds, `headerBytes` in bytes; `headers` and `connections` are maximum
 * numbers.
 */
export interface Limits {
  readonly headerBytes: number;
  readonly headers: number;
  /** Timeout of the headers. */
  readonly headersTime: number;
  /** Timeout of the whole request. */
  readonly requestTime: number;
  /** Timeout between two requests. */
  readonly idleTime: number;
  readonly connections: number;
}

/** Listening address and TLS options of a server. */
export interface ListenOptions {
  readonly address: string;
  /** The port; 0 selects a free port. */
  readonly port: number;
  /** Enables HTTPS. */
  readonly tls: TlsOptions | undefined;
  /** Called for each connection. Returns renewed TLS options, or undefined. */
  readonly renewed?: () => TlsOptions | undefined;
  readonly limits: Limits;
  /** Name in error messages, such as "The web server", and configuration keys of the address and the port. */
  readonly name: string;
  readonly keys: { readonly address: string; readonly port: string };
}

export interface Listener {
  /** Address, such as `http://127.0.0.1:8765`. */
  readonly url: string;
  /**
   * Records that the client of a request has authenticated. If there are too many connections, connections of
   * authenticated clients are closed last.
   */
  trust(request: IncomingMessage): void;
  /** Number of connections closed because there were too many. */
  readonly evicted: number;
  /** Stops listening; open connections get `patience` milliseconds to close. */
  close(patience: number): Promise<void>;
}

/** An HTTP response. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Time for reading the remaining body of a rejected request, in milliseconds, so that the client can read the reply.
 */
const LINGER = 2000;
/** Maximum number of concurrent requests of a connection; more close the connection. */
const MAX_PIPELINED = 16;
/** Interval between two checks for idle connections while the server closes, in milliseconds. */
const IDLE_CHECK = 20;

/**
 * Listens for requests.
 * @param count called with the status of each reply to an invalid HTTP request
 * @throws Error with a message for the user if the address is in use or not local, or the certificate is invalid
 */
export async function listenFor(
  where: ListenOptions,
  answer: RequestListener,
  count: (status: number) => void,
): Promise<Listener> {
  const { limits, address, tls } = where;
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTime,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: limits.idleTime,
    connectionsCheckingInterval: 500,
  };
  const connections = openConnections(limits.connections);
  const respond = respondWith(answer, connections, count);
  const server =
    tls === undefined ? createServer(options, respond) : secureServer(where, { ...options, ...tls }, respond);
  server.maxHeadersCount = limits.headers;
  server.on("connection", connections.add);
  server.on("checkContinue", respond); // rejects requests with `Expect: 100-continue` immediately
  server.on("clientError", (error, socket) => {
    const status = rejectUnreadable(error, socket, limits);
    if (status !== undefined) count(status);
  });
  const { port } = await listen(server, where);
  server.on("error", () => {}); // a single connection failed and is closed
  return {
    url: `${tls === undefined ? "http" : "https"}://${address.includes(":") ? `[${address}]` : address}:${port}`,
    trust: ({ socket }) => connections.trust(socket),
    get evicted() {
      return connections.evicted;
    },
    close: (patience) =>
      new Promise((resolve) => {
        const end = setTimeout(() => server.closeAllConnections(), patience);
        const look = setInterval(() => server.closeIdleConnections(), IDLE_CHECK);
        server.close(() => {
          clearTimeout(end);
          clearInterval(look);
          resolve();
        });
        if (patience === 0) server.closeAllConnections();
      }),
  };
}

/** Counts requests by connection, and rejects requests with ambiguous headers. */
function respondWith(
  answer: RequestListener,
  connections: Connections,
  count: (status: number) => void,
): RequestListener<typeof IncomingMessage, typeof ServerResponse> {
  return (request, response) => {
    const { socket } = request;
    const requests = connections.begin(socket);
    if (requests === 0 || requests > MAX_PIPELINED) {
      socket.destroy();
      return;
    }
    response.once("close", () => connections.end(socket));
    const mistake = headerMistake(request);
    if (mistake === undefined) answer(request, response);
    else count(sendEarly(request, response, textReply(400, mistake)));
  };
}

/** Sends a reply. @returns the status */
export function send(response: ServerResponse, { status, type, body, headers }: Reply): number {
  head(response, { status, type, body, ...(headers && { headers }) });
  response.end(body);
  return status;
}

/**
 * Replies before the body is read, discards the remaining body for a limited time, and closes the connection. An
 * immediate close would reset the connection before the client reads the reply.
 * @returns the status
 */
export function sendEarly(request: IncomingMessage, response: ServerResponse, reply: Reply): number {
  if (request.complete || !(request.headers["transfer-encoding"] ?? Number(request.headers["content-length"] ?? 0))) {
    return send(response, reply);
  }
  head(response, { ...reply, headers: { ...reply.headers, connection: "close" } });
  response.write(reply.body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER);
  request.on("error", end).on("end", end).on("close", end).resume();
  return reply.status;
}

/** A plain-text reply of one line. */
export function textReply(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n`, headers };
}

function head(response: ServerResponse, { status, type, body, headers }: Reply): void {
  response.writeHead(status, {
    ...headers,
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
}

function secureServer({ name, limits, renewed }: ListenOptions, options: TlsOptions, answer: RequestListener): Server {
  try {
    const usual = { handshakeTimeout: limits.headersTime, minVersion: "TLSv1.2" } as const;
    const server = createSecureServer({ ...usual, ...options }, answer);
    server.prependListener("connection", () => {
      const others = renewed?.();
      if (others !== undefined) server.setSecureContext({ ...usual, ...others });
    });
    return server;
  } catch (error) {
    throw new Error(`${name} cannot use its certificate: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function listen(server: Server, { address, port, limits, name, keys }: ListenOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const where = `${name} cannot listen on ${address}, port ${port}`;
      reject(new Error(`${where}: ${reasonNotToListen(error, keys)}`));
    });
    server.listen({ host: address, port, backlog: limits.connections }, () => {
      const bound = server.address();
      if (bound === null || typeof bound === "string") reject(new Error(`${name} has no address.`));
      else resolve(bound);
    });
  });
}

function reasonNotToListen(error: Error, { address, port }: ListenOptions["keys"]): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `the port is in use. Set ${port} to another port.`;
  if (code === "EADDRNOTAVAIL")
    return `the address is not assigned to this machine. Set ${address} to an address of this machine.`;
  if (code === "EACCES") return "permission denied. Ports below 1024 need CAP_NET_BIND_SERVICE.";
  return `${error.message}.`;
}

/** Replies to invalid requests, by Node's error code. */
const badRequests: Readonly<Record<string, (limits: Limits) => readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: ({ headerBytes }) => [
    431,
    "Request Header Fields Too Large",
    `The headers are larger than ${headerBytes} bytes.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: () => [408, "Request Timeout", "The request timed out."],
};

/** @returns the status of the reply, if one could be sent */
function rejectUnreadable(error: Error, socket: Duplex, limits: Limits): number | undefined {
  const code = "code" in error ? String(error.code) : "";
  if (code === "ECONNRESET" || code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const [status, name, why] = badRequests[code]?.(limits) ?? [400, "Bad Request", "The request is not valid HTTP."];
  const type = "content-type: text/plain; charset=utf-8\r\n";
  socket.end(
    `HTTP/1.1 ${status} ${name}\r\nconnection: close\r\n${type}content-length: ${why.length + 1}\r\n\r\n${why}\n`,
  );
  setTimeout(() => socket.destroy(), LINGER).unref(); // the client may keep the connection open
  return status;
}
