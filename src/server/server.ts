import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** An answer to a request for a page. */
export interface Page {
  /** Default 200. */
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

/** Pages by their path. Each is made anew for each request; `query` and `accept` are what the request says. */
export type Pages = ReadonlyMap<string, (query: URLSearchParams, accept: string | undefined) => Page>;

export interface ServerSettings {
  readonly listen_port: number;
  readonly listen_address: string;
  readonly ssl_enabled: boolean;
  /** A PEM file with the certificate and its key. */
  readonly ssl_certificate: string;
}

export interface WebServer {
  /** Where it is to be found: `http://127.0.0.1:8765`. */
  readonly url: string;
  /** Answers so far, by status. */
  readonly answers: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

/** Nobody who asks for these pages needs more; milliseconds and bytes. */
const LIMITS = {
  headerBytes: 8192,
  headers: 64,
  headersTime: 5000,
  requestTime: 5000,
  idleTime: 15_000,
  connections: 64,
} as const;

/**
 * Serves pages to GET and HEAD.
 * @throws Error with one sentence: the address is taken or not this machine's, or the certificate can't be used
 */
export async function openServer(settings: ServerSettings, pages: Pages): Promise<WebServer> {
  const answers = new Map<number, number>();
  const count = (status: number): void => {
    answers.set(status, (answers.get(status) ?? 0) + 1);
  };
  const options = {
    maxHeaderSize: LIMITS.headerBytes,
    headersTimeout: LIMITS.headersTime,
    requestTimeout: LIMITS.requestTime,
    keepAliveTimeout: LIMITS.idleTime,
    connectionsCheckingInterval: 1000,
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => count(respond(request, response, pages));
  const server = settings.ssl_enabled
    ? createSecureServer({ ...options, ...certificate(settings.ssl_certificate) }, answer)
    : createServer(options, answer);
  server.maxHeadersCount = LIMITS.headers;
  server.maxConnections = LIMITS.connections;
  server.on("clientError", (error, socket) => {
    const status = refuse(error, socket);
    if (status !== undefined) count(status);
  });
  const { port } = await listen(server, settings);
  const { listen_address: address, ssl_enabled: secure } = settings;
  server.on("error", () => {}); // of a single connection; it has ended
  return {
    url: `${secure ? "https" : "http"}://${address.includes(":") ? `[${address}]` : address}:${port}`,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { listen_address: address, listen_port: port }: ServerSettings): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Error(reasonNotToListen(error, address, port))));
    server.listen({ host: address, port, backlog: LIMITS.connections }, () => {
      const bound = server.address();
      if (bound === null || typeof bound === "string") reject(new Error("The web server has no address."));
      else resolve(bound);
    });
  });
}

function reasonNotToListen(error: Error, address: string, port: number): string {
  const where = `The web server can't listen on ${address}, port ${port}`;
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `${where}: somebody else does. Set webserver.listen_port to another one.`;
  if (code === "EADDRNOTAVAIL")
    return `${where}: that is no address of this machine. Set webserver.listen_address to one of its own.`;
  if (code === "EACCES") return `${where}: that is not allowed. Ports below 1024 take CAP_NET_BIND_SERVICE.`;
  return `${where}: ${error.message}.`;
}

function certificate(file: string): { key: string; cert: string } {
  try {
    const pem = readFileSync(file, "utf8");
    return { key: pem, cert: pem };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The web server's certificate can't be read (webserver.ssl_certificate): ${reason}.`);
  }
}

/** @returns the status */
function respond(request: IncomingMessage, response: ServerResponse, pages: Pages): number {
  request.resume(); // nobody wants a body
  if (request.method !== "GET" && request.method !== "HEAD")
    return sayInstead(response, 405, "Only GET and HEAD are answered here.", { allow: "GET, HEAD" });
  const url = URL.parse(request.url ?? "", "http://here");
  if (url === null) return sayInstead(response, 400, "The address of the request is none.");
  const page = pages.get(url.pathname);
  if (page === undefined)
    return sayInstead(response, 404, `There is nothing here; there is ${[...pages.keys()].join(", ")}.`);
  let made: Page;
  try {
    made = page(url.searchParams, request.headers.accept);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return sayInstead(response, 500, `The page could not be made: ${reason}.`);
  }
  return send(response, made.status ?? 200, made, {});
}

function sayInstead(
  response: ServerResponse,
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): number {
  return send(response, status, { type: "text/plain; charset=utf-8", body: `${sentence}\n` }, headers);
}

function send(
  response: ServerResponse,
  status: number,
  { type, body }: Page,
  headers: Readonly<Record<string, string>>,
): number {
  response.writeHead(status, {
    ...headers,
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
  return status;
}

/** Why a request that can't be read is refused, by the code of Node's error. */
const refusals: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", `Headers may have ${LIMITS.headerBytes} bytes in all.`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The request took too long to arrive."],
};

/** @returns the status, where an answer could be sent */
function refuse(error: Error, socket: Duplex): number | undefined {
  const code = "code" in error ? String(error.code) : "";
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const [status, name, sentence] = refusals[code] ?? [400, "Bad Request", "That is no HTTP request."];
  const type = "content-type: text/plain; charset=utf-8\r\n";
  socket.end(
    `HTTP/1.1 ${status} ${name}\r\nconnection: close\r\n${type}content-length: ${sentence.length + 1}\r\n\r\n${sentence}\n`,
  );
  return status;
}
